// Package script makes what agents read aloud of a script's text: variables
// become the customer's data, and of HTML only what formats text is left.
package script

import (
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"

	"trunkline/dialer"
)

// Most is how long a script may be, in characters.
const Most = 20000

// Names are the variables, in the order in which they are offered.
var Names = []string{
	"agent", "campaign", "title", "first_name", "last_name", "name", "phone_number", "address1", "address2", "address3", "city", "state",
	"province", "postal_code", "country_code", "email", "alt_phone", "date_of_birth", "vendor_lead_code", "comments", "owner", "rank",
	"middle_initial", "gender", "source_id", "security_phrase", "phone_code", "called_count",
	"lead_id", "list_id", "call_id", "campaign_id", "user", "number",
}

// Call is whom and what a script is about.
type Call struct {
	Agent, Campaign string
	User            string // the agent's sign-in name
	CampaignID      dialer.CampaignID
	ID              dialer.CallID
	Lead            dialer.Lead
	Own             map[string]string // the list's own fields by name; one without a value may be missing
}

// Sample is a call to nobody, for previews.
var Sample = Call{Agent: "Nadia K.", User: "nadia", Campaign: "Autumn energy review", CampaignID: "AUTUMN", ID: 1, Lead: dialer.Lead{
	ID: 10432, ListID: 1024, Title: "Ms", FirstName: "Marisol", LastName: "Vega", PhoneCode: "1", PhoneNumber: "6145550142", E164: "+16145550142", Address1: "12 Elm Street",
	City: "Columbus", State: "OH", PostalCode: "43004", Email: "marisol@example.com", VendorLeadCode: "88-10432", Rank: 1,
}}

func (c Call) value(name string) (string, bool) {
	l := c.Lead
	switch name {
	case "agent":
		return c.Agent, true
	case "campaign":
		return c.Campaign, true
	case "title":
		return l.Title, true
	case "first_name":
		return l.FirstName, true
	case "last_name":
		return l.LastName, true
	case "name":
		return l.Name(), true
	case "phone_number":
		return l.PhoneNumber, true
	case "address1":
		return l.Address1, true
	case "address2":
		return l.Address2, true
	case "address3":
		return l.Address3, true
	case "city":
		return l.City, true
	case "state":
		return l.State, true
	case "province":
		return l.Province, true
	case "postal_code":
		return l.PostalCode, true
	case "country_code":
		return l.CountryCode, true
	case "email":
		return l.Email, true
	case "alt_phone":
		return l.AltPhone, true
	case "date_of_birth":
		return l.DateOfBirth, true
	case "vendor_lead_code":
		return l.VendorLeadCode, true
	case "comments":
		return l.Comments, true
	case "owner":
		return l.Owner, true
	case "rank":
		return strconv.Itoa(l.Rank), true
	case "middle_initial":
		return l.MiddleInitial, true
	case "gender":
		return l.Gender, true
	case "source_id":
		return l.SourceID, true
	case "security_phrase":
		return l.SecurityPhrase, true
	case "phone_code":
		return l.PhoneCode, true
	case "called_count":
		return strconv.Itoa(l.CalledCount), true
	}
	return c.ids(name)
}

// ids are the variables that only machines read.
func (c Call) ids(name string) (string, bool) {
	switch name {
	case "lead_id":
		return strconv.FormatInt(int64(c.Lead.ID), 10), true
	case "list_id":
		return strconv.FormatInt(int64(c.Lead.ListID), 10), true
	case "call_id":
		if c.ID == 0 {
			return "", true // who is looked at before a call has none yet
		}
		return c.ID.String(), true
	case "campaign_id":
		return string(c.CampaignID), true
	case "user":
		return c.User, true
	case "number":
		return c.Lead.E164, true
	}
	value, own := c.Own[name]
	return value, own
}

// variable is {first_name}, or as VICIdial's users write it,
// --A--first_name--B--.
var variable = regexp.MustCompile(`\{([a-z0-9_]+)\}|--A--([a-z0-9_]+)--B--`)

// Unknown names the variables in a text that do not exist; own are the names of
// lists' own fields.
func Unknown(body string, own ...string) []string {
	var unknown []string
	for _, m := range variable.FindAllStringSubmatch(body, -1) {
		name := m[1] + m[2]
		if _, ok := (Call{}).value(name); !ok && !slices.Contains(own, name) {
			unknown = append(unknown, m[0])
		}
	}
	return unknown
}

// policy leaves what formats text: no script, no style, no address but links.
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "b", "strong", "i", "em", "u", "h3", "h4", "ul", "ol", "li", "blockquote", "hr", "mark", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("https", "mailto", "tel")
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	return p
})

// HTML is the script for a call, safe to stand in a page. Values are escaped
// before they are put in, and all is cleaned after, so that neither a script nor
// a lead's data brings markup of its own. A blank line begins a paragraph where
// the text has none.
func HTML(body string, call Call) string {
	filled := variable.ReplaceAllStringFunc(paragraphs(body), func(v string) string {
		m := variable.FindStringSubmatch(v)
		value, ok := call.value(m[1] + m[2])
		if !ok {
			return html.EscapeString(v)
		}
		return "<mark>" + html.EscapeString(value) + "</mark>"
	})
	// A sentence that ends in a value such as "Nadia K." has its full stop already.
	filled = twoStops.ReplaceAllString(filled, ".</mark>$1")
	return policy().Sanitize(filled)
}

var twoStops = regexp.MustCompile(`\.</mark>\.(\s|<|$)`)

var block = regexp.MustCompile(`(?i)<(p|ul|ol|h3|h4|table|blockquote)\b`)

func paragraphs(body string) string {
	if block.MatchString(body) {
		return body
	}
	var b strings.Builder
	for _, part := range regexp.MustCompile(`\n\s*\n`).Split(strings.TrimSpace(body), -1) {
		b.WriteString("<p>" + strings.ReplaceAll(strings.TrimSpace(part), "\n", "<br>") + "</p>")
	}
	return b.String()
}

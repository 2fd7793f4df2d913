package leads

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/ui"
)

type searchModel struct {
	Frame        ui.Frame
	Query        string
	Says         string // how the query was understood; "": there is none
	Rows         []row
	More         string
	List, Status string
}

type row struct {
	ID, Href, Name, Number, Where, Status, Code, List, ListHref, Campaign, Called, Vendor string
}

func newSearch(frame ui.Frame, r *http.Request, says string) searchModel {
	return searchModel{Frame: frame, Query: strings.TrimSpace(r.FormValue("q")), Says: says, List: r.FormValue("list"), Status: r.FormValue("status")}
}

func newRow(l facts.LeadLine, zone *time.Location) row {
	id := strconv.FormatInt(int64(l.ID), 10)
	list := strconv.FormatInt(int64(l.ListID), 10)
	out := row{
		ID: id, Href: "/leads/" + id, Name: l.Name, Number: ui.Phone(l.E164), Where: strings.Trim(l.City+", "+l.State, ", "), Status: l.StatusName, Code: string(l.Status),
		List: list + " " + l.ListName, ListHref: "/lists/" + list, Campaign: string(l.Campaign), Vendor: l.Vendor, Called: "never",
	}
	if out.Name == "" {
		out.Name = "No name"
	}
	if l.LastCalled != nil {
		out.Called = fmt.Sprintf("%d, last %s", l.Called, l.LastCalled.In(zone).Format("2 Jan 2006, 15:04"))
	}
	return out
}

// more is the address of the next page.
func more(r *http.Request, after dialer.LeadID) string {
	q := url.Values{}
	for _, name := range []string{"q", "list", "status"} {
		if v := r.FormValue(name); v != "" {
			q.Set(name, v)
		}
	}
	q.Set("after", strconv.FormatInt(int64(after), 10))
	return "/leads?" + q.Encode()
}

type besideModel struct {
	Href      string
	Known     [][2]string
	DNC       string
	Form      *form.Form
	Custom    []ui.Field
	Seen      int
	Shown     string // what the form of the custom fields shows, as JSON
	Clashes   []ui.ClashLine
	Phones    []phone
	Callbacks []string
	Calls     []call
}

type phone struct {
	N, Label, Number, Says string
	Active                 bool
}

type call struct{ When, Status, Code, Agent, Talk string }

// named are the custom fields by their own names.
func (m besideModel) named() []ui.Field {
	var all []ui.Field
	for _, d := range m.Custom {
		d.Name = strings.TrimPrefix(d.Name, "custom_")
		all = append(all, d)
	}
	return all
}

func newBeside(l facts.SetLead, f facts.LeadFacts, now time.Time, zone *time.Location) besideModel {
	m := besideModel{Href: "/leads/" + strconv.FormatInt(int64(l.ID), 10), Form: form.Of(nil), Seen: f.Seen}
	shown := map[string]string{}
	add := func(name, value string) {
		if value != "" {
			m.Known = append(m.Known, [2]string{name, value})
		}
	}
	add("Dialed as", ui.Phone(l.E164))
	add("Campaign", string(l.Campaign))
	zones, _, _ := strings.Cut(f.Zones, ";")
	switch {
	case zones == "":
		add("Time zone", "Not known: called only when it is legal in all of the country")
	default:
		add("Time zone", there(zones, now))
	}
	called := fmt.Sprintf("%d times, %d since the list's reset", f.Called, f.CalledSinceReset)
	if f.LastCalled != nil {
		called += ", last on " + f.LastCalled.In(zone).Format("2 Jan 2006, 15:04")
	}
	add("Called", called)
	if f.InHopper {
		add("Hopper", "Waits in the hopper for its call")
	}
	add("Added", f.CreatedAt.In(zone).Format("2 Jan 2006, 15:04"))
	if f.ImportID != 0 {
		add("Import", fmt.Sprintf("Number %d", f.ImportID))
	}
	m.DNC = map[dialer.DNCScope]string{dialer.DNCSystem: "The number is on the system's do-not-call list.", dialer.DNCCampaign: "The number is on its campaign's do-not-call list."}[f.DNC]
	for _, c := range f.Fields {
		d := ui.Field{Name: "custom_" + c.Name, Label: c.Label, Needed: c.Required}
		value := f.Custom[c.Name]
		m.Form.Set(d.Name, value)
		shown[c.Name] = value
		switch c.Type {
		case dialer.CustomArea:
			d.Kind = ui.Area
		case dialer.CustomSelect:
			d.Kind, d.Choices = ui.Select, choices(c, true)
		case dialer.CustomMulti:
			d.Kind, d.Choices = ui.Checks, choices(c, false)
			m.Form.Set(d.Name, strings.Split(value, ",")...)
		case dialer.CustomCheckbox:
			d.Kind = ui.Check
			m.Form.Set(d.Name, map[bool]string{true: form.Yes, false: ""}[value != ""])
		case dialer.CustomDate:
			d.Hint, d.Mono = "2026-12-31", true
		case dialer.CustomTime:
			d.Hint, d.Mono = "17:30", true
		}
		m.Custom = append(m.Custom, d)
	}
	if text, err := json.Marshal(shown); err == nil {
		m.Shown = string(text)
	}
	for _, p := range f.Phones {
		says := "not called yet"
		if p.CalledAt != nil {
			says = fmt.Sprintf("called %d times, %s", p.Called, p.Status)
		}
		m.Phones = append(m.Phones, phone{strconv.Itoa(p.N), p.Label, ui.Phone(p.E164), says, p.Active})
	}
	for _, c := range f.Callbacks {
		who := "whoever is free"
		if c.Kind == dialer.CallbackUserOnly {
			who = c.Agent
		}
		m.Callbacks = append(m.Callbacks, fmt.Sprintf("%s, %s, %s", c.DueAt.In(zone).Format("2 Jan 2006, 15:04"), who, states[c.State]))
	}
	for _, c := range f.Calls {
		m.Calls = append(m.Calls, call{c.PlacedAt.In(zone).Format("2 Jan 2006, 15:04"), c.StatusName, string(c.Status), c.Agent, fmt.Sprintf("%d:%02d", c.TalkSeconds/60, c.TalkSeconds%60)})
	}
	return m
}

var states = map[dialer.CallbackState]string{
	dialer.CallbackActive: "waits", dialer.CallbackLive: "being called", dialer.CallbackDone: "done", dialer.CallbackDead: "given up",
}

func choices(c dialer.CustomField, none bool) []ui.Choice {
	var all []ui.Choice
	if none {
		all = append(all, ui.Choice{})
	}
	for line := range strings.Lines(c.Options) {
		if o := strings.TrimSpace(line); o != "" {
			all = append(all, ui.Choice{Value: o, Name: o})
		}
	}
	return all
}

// there is what time it is in each of the zones.
func there(zones string, now time.Time) string {
	var all []string
	for name := range strings.SplitSeq(zones, ",") {
		zone, err := time.LoadLocation(name)
		if err != nil {
			continue
		}
		all = append(all, fmt.Sprintf("%s, %s there", name, now.In(zone).Format("15:04")))
	}
	return strings.Join(all, "; ")
}

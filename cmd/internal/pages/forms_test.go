package pages

import (
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	markup "golang.org/x/net/html"

	"trunkline/webui/ui"
)

// sheet is a form of a page, as a browser without scripts sees it.
type sheet struct {
	page, action string
	values       url.Values
	texts        []string        // fields that take text, in their order
	areas        map[string]bool // of those, the ones of several lines
	secret       map[string]bool // and those that are never shown
}

// sheets are the forms of a page that are sent by POST.
func (a answer) sheets(page string) []*sheet {
	a.t.Helper()
	root, err := markup.Parse(strings.NewReader(a.body))
	if err != nil {
		a.t.Fatal(err)
	}
	var all []*sheet
	var in *sheet
	var walk func(n *markup.Node)
	walk = func(n *markup.Node) {
		at := map[string]string{}
		for _, attr := range n.Attr {
			at[attr.Key] = attr.Val
		}
		_, disabled := at["disabled"]
		_, fixed := at["readonly"]
		outer := in
		name := at["name"]
		switch {
		case n.Type != markup.ElementNode || disabled:
		case n.Data == "form" && strings.EqualFold(at["method"], "post") && at["enctype"] == "":
			in = &sheet{page: page, action: at["action"], values: url.Values{}, areas: map[string]bool{}, secret: map[string]bool{}}
			all = append(all, in)
		case in == nil || name == "":
		case n.Data == "textarea":
			text := ""
			if n.FirstChild != nil {
				text = n.FirstChild.Data
			}
			in.values.Set(name, text)
			in.areas[name] = true
			if !fixed {
				in.texts = append(in.texts, name)
			}
		case n.Data == "select":
			for o := range n.Descendants() {
				if o.Data != "option" {
					continue
				}
				value, chosen := "", false
				for _, attr := range o.Attr {
					value = map[bool]string{true: attr.Val, false: value}[attr.Key == "value"]
					chosen = chosen || attr.Key == "selected"
				}
				if chosen || !in.values.Has(name) {
					in.values.Set(name, value)
				}
			}
		case n.Data == "input":
			_, checked := at["checked"]
			switch at["type"] {
			case "checkbox", "radio":
				if checked {
					in.values.Add(name, at["value"])
				}
			case "hidden":
				in.values.Set(name, at["value"])
			case "file", "submit":
			default:
				in.values.Set(name, at["value"])
				in.secret[name] = at["type"] == "password"
				if !fixed {
					in.texts = append(in.texts, name)
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
		if n.Type == markup.ElementNode && n.Data == "form" {
			in = outer
		}
	}
	walk(root)
	return all
}

// with is the sheet with one answer changed.
func (s *sheet) with(name, value string) url.Values {
	values := url.Values{}
	for k, v := range s.values {
		values[k] = slices.Clone(v)
	}
	values.Set(name, value)
	return values
}

// forms walks through the pages by their links and gives each form once: a form
// is known by where it goes.
func (p *person) forms() []*sheet {
	p.t.Helper()
	seen, known := map[string]bool{}, map[string]bool{}
	kinds := map[string]int{}
	var all []*sheet
	queue := []string{"/account", "/account/twosteps", "/campaigns/new", "/leads/1"}
	for _, g := range ui.Nav {
		for _, e := range g.Entries {
			queue = append(queue, e.Href)
		}
	}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if seen[path] || strings.HasSuffix(path, ".csv") || strings.HasSuffix(path, "/events") || strings.HasPrefix(path, "/static/") || strings.HasPrefix(path, "/desk") || strings.HasPrefix(path, "/api/") {
			continue
		}
		seen[path] = true
		// Of pages alike a few are enough: the settings of a campaign are not alike.
		kind := strings.TrimRight(path, "0123456789")
		if i := strings.LastIndex(path, "/"); i > 0 && !strings.Contains(path, "/settings/") && !strings.HasSuffix(path, "/new") {
			kind = path[:i]
		}
		if kinds[kind]++; kinds[kind] > 6 && !strings.Contains(path, "/settings/") {
			continue
		}
		a := p.get(path)
		if a.status != 200 {
			continue
		}
		for _, s := range a.sheets(path) {
			// One that goes nowhere by itself is a script's, which says where.
			if !known[s.action] && s.action != "" {
				known[s.action] = true
				all = append(all, s)
			}
		}
		root, err := markup.Parse(strings.NewReader(a.body))
		if err != nil {
			p.t.Fatal(err)
		}
		for n := range root.Descendants() {
			for _, attr := range n.Attr {
				if href, _, _ := strings.Cut(attr.Val, "?"); n.Data == "a" && attr.Key == "href" && strings.HasPrefix(href, "/") {
					queue = append(queue, href)
				}
			}
		}
	}
	return all
}

// furnished is an office in which there is one of each thing.
func furnished(t *testing.T) (*office, *person) {
	o := newOffice(t)
	ada := o.as("ada")
	o.exec("INSERT INTO zone_sets (id, zones) VALUES (77, 'America/New_York;US')")
	o.exec("INSERT INTO leads (id, list_id, zone_set, e164, phone_code, phone_number, first_name, last_name, created_at) VALUES (1, 1024, 77, '+16145550142', '1', '6145550142', 'Marisol', 'Vega', UTC_TIMESTAMP(3))")
	o.exec("INSERT INTO custom_fields (list_id, name, label, type, options, required, position) VALUES (1024, 'meter', 'Meter', 'TEXT', '', 0, 1)")
	o.exec("INSERT INTO phones (server_id, user_id, login, secret, kind, contact, changed_at) VALUES (1, 4, 'desk-1', 'abcdefgh12345678', 'sip', '', UTC_TIMESTAMP(3))")
	o.exec("INSERT INTO callbacks (open, campaign_id, lead_id, kind, user_id, due_at, zone, state, tries, comments, made_by, created_at, changed_at) VALUES (1, 'AUTUMN', 1, 'ANYONE', 0, '2027-01-04 15:00:00', 'America/New_York', 'ACTIVE', 0, '', 1, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))")
	o.makes("CRM", "2", "rights", "leads", "campaigns", "*")
	ada.leads(ada.post("/calltimes", "id", "OFFICE", "name", "Office", "mon", "9:00-20:00", "campaigns", "WINTER"))
	ada.leads(ada.post("/holidays", "day", "2026-12-25", "name", "Christmas"))
	return o, ada
}

// Each page that edits a record: two people open it, both change the same field,
// and the second is told what the first has put there and what they had; nothing
// of the first is lost.
func TestTwoPeopleEditOnEveryPage(t *testing.T) {
	_, ada := furnished(t)
	tried := map[string]bool{}
	for _, s := range ada.forms() {
		// What of a list mix and of a filter goes together has a test of its own.
		if !s.values.Has("seen") || len(s.texts) == 0 || strings.Contains(s.action, "/selection/mix") || strings.Contains(s.action, "/selection/filter") {
			continue
		}
		field, theirs, yours := "", "", ""
		for _, name := range s.texts {
			was := s.values.Get(name)
			theirs, yours = was+"x", was+"yy"
			if n, err := strconv.Atoi(was); err == nil {
				theirs, yours = strconv.Itoa(n+1), strconv.Itoa(n+2)
			}
			if s.secret[name] {
				continue
			}
			if a := ada.do("POST", s.action, s.with(name, theirs)); a.status == 303 {
				field = name
				break
			}
		}
		if field == "" {
			t.Errorf("%s: no field of %v could be changed", s.action, s.texts)
			continue
		}
		tried[s.action] = true
		a := ada.do("POST", s.action, s.with(field, yours))
		if a.status != 409 {
			t.Errorf("%s: the second to change %s from %q is answered with %d: %.300s", s.action, field, s.values.Get(field), a.status, a.text())
			continue
		}
		for _, says := range []string{"Changed meanwhile", "Ada Admin", theirs, yours} {
			if !strings.Contains(a.text(), says) {
				t.Errorf("%s: the second is not told %q: %.600s", s.action, says, a.text())
			}
		}
		for _, again := range a.sheets(s.page) {
			if again.action == s.action && again.values.Get(field) != yours {
				t.Errorf("%s: what the second typed is gone: %q", s.action, again.values.Get(field))
			}
		}
		for _, stored := range ada.get(s.page).sheets(s.page) {
			if stored.action == s.action && stored.values.Get(field) != theirs {
				t.Errorf("%s: what the first saved is %q now, was %q", s.action, stored.values.Get(field), theirs)
			}
		}
	}
	t.Logf("%d pages edit a record", len(tried))
	if len(tried) < 50 {
		t.Errorf("only %d pages that edit were tried: %v", len(tried), tried)
	}
	// What was changed can be looked for in the audit log by its kind.
	log := ada.get("/audit").body
	for _, kind := range strings.Fields(stored[string](ada.office, `SELECT GROUP_CONCAT(DISTINCT SUBSTRING_INDEX(object, '/', 1) SEPARATOR ' ') FROM audit`)) {
		if !strings.Contains(log, `<option value="`+kind+`/"`) {
			t.Errorf("the audit page does not offer %s", kind)
		}
	}
}

// Each form, each field that takes text: too much of it, and text that hides or
// turns what stands around it, is refused beside the field, and whatever else was
// typed stays; nothing is too much for the server, and nothing comes back as
// markup.
func TestEveryFormKeepsWhatWasTyped(t *testing.T) {
	_, ada := furnished(t)
	forms, fields := 0, 0
	for _, s := range ada.forms() {
		// A password's form is never shown as it was typed, and of a list mix a row
		// without a list is no answer: their own tests look at them.
		if len(s.texts) == 0 || strings.HasPrefix(s.action, "/account/password") || strings.Contains(s.action, "/selection/mix") {
			continue
		}
		forms++
		// Nothing at all.
		none := url.Values{}
		for name := range s.values {
			none.Set(name, "")
		}
		if a := ada.do("POST", s.action, none); a.status >= 500 || a.status == 422 && !strings.Contains(a.body, `class="error`) && !strings.Contains(a.body, "Not saved") && !strings.Contains(a.body, `data-testid="trouble"`) {
			t.Errorf("%s without any answer: %d %.300s", s.action, a.status, a.text())
		}
		huge := strings.Repeat("x", 1<<20) // as a file that was pasted into the wrong window
		if a := ada.do("POST", s.action, s.with(s.texts[0], huge)); a.status != 422 || !strings.Contains(a.body, `id="`+s.texts[0]+`-error"`) || !s.secret[s.texts[0]] && !strings.Contains(strings.ToLower(a.body), huge) {
			t.Errorf("%s with 1 MB in %s: %d %.300s", s.action, s.texts[0], a.status, a.text())
		}
		if a := ada.do("POST", s.action, s.with(s.texts[0], strings.Repeat(huge, 5))); a.status != 422 || !strings.Contains(a.text(), "more than this form takes") {
			t.Errorf("%s with 5 MB: %d %.200s", s.action, a.status, a.text())
		}
		for _, name := range s.texts {
			fields++
			for what, value := range map[string]string{"too much": strings.Repeat("x", 9000), "hidden signs": "a\u202eb\x07<b>c"} {
				a := ada.do("POST", s.action, s.with(name, value))
				if s.areas[name] && what == "too much" && !strings.Contains(a.body, `id="`+name+`-error"`) {
					continue // it holds as much
				}
				if a.status != 422 || !strings.Contains(a.body, `id="`+name+`-error"`) {
					t.Errorf("%s: %s in %s: %d, and nothing beside it: %.400s", s.action, what, name, a.status, a.text())
					continue
				}
				if strings.Contains(a.body, "<b>c") {
					t.Errorf("%s gives %s back as markup", s.action, name)
				}
				for _, again := range a.sheets(s.page) {
					if again.action != s.action {
						continue
					}
					for other, was := range s.values {
						if other == name || s.secret[other] || other == "seen" {
							continue
						}
						if !slices.Equal(again.values[other], was) && html.UnescapeString(again.values.Get(other)) != was[0] {
							t.Errorf("%s: %s in %s: %s is %q again, was %q", s.action, what, name, other, again.values[other], was)
						}
					}
					if kept := again.values.Get(name); !s.secret[name] && !strings.HasPrefix(strings.ToLower(kept), value[:1]) { // codes are made capitals
						t.Errorf("%s: %s in %s is gone: %.40q", s.action, what, name, kept)
					}
				}
			}
		}
	}
	t.Logf("%d fields of %d forms", fields, forms)
	if forms < 25 || fields < 120 {
		t.Errorf("only %d fields of %d forms were tried", fields, forms)
	}
}

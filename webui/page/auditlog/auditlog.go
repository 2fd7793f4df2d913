// Package auditlog is the page of who changed what, when and from where, with
// what it was before and is after.
package auditlog

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/ui"
)

// Store reads the log.
type Store interface {
	Page(ctx context.Context, q facts.AuditQuery) ([]audit.Entry, error)
}

// Config is what the page needs.
type Config struct {
	Store Store
	Users func(context.Context) ([]facts.Account, error)
	// Setting puts a campaign's stored setting into the words of its page.
	Setting func(name, stored string) (label, value string, known bool)
	// Called gives things that are kept by their ids their names: by kind, such as
	// carrier, then by id.
	Called func(context.Context) (map[string]map[string]string, error)
	Now    func() time.Time // the database's clock
	Zone   *time.Location
}

// refers are the fields of records that name another thing by its id, with its kind.
var refers = map[string]string{
	"carrier_id": "carrier", "server_id": "server", "user_id": "user", "group_id": "statusgroup", "script_id": "script",
}

// Handler serves the page.
type Handler struct{ Config }

// New makes the page.
func New(c Config) *Handler { return &Handler{c} }

// kinds are what is changed, by the beginning of the audit's objects.
var kinds = []ui.Choice{
	{Value: "", Name: "Anything"}, {Value: "campaign/", Name: "Campaigns"}, {Value: "filter/", Name: "Lead filters"}, {Value: "list/", Name: "Lists"},
	{Value: "customfield/", Name: "Custom fields"}, {Value: "lead/", Name: "Leads"}, {Value: "callback/", Name: "Callbacks"},
	{Value: "user/", Name: "Users"}, {Value: "group/", Name: "User groups"}, {Value: "token/", Name: "API tokens"},
	{Value: "carrier/", Name: "Carriers"}, {Value: "phone/", Name: "Phones"}, {Value: "server/", Name: "Servers"},
	{Value: "status/", Name: "Statuses"}, {Value: "statusgroup/", Name: "Status groups"}, {Value: "pausecode/", Name: "Pause codes"},
	{Value: "script/", Name: "Scripts"}, {Value: "webform/", Name: "Web forms"}, {Value: "preset/", Name: "Transfer presets"}, {Value: "ingroup/", Name: "In-groups"},
	{Value: "sound/", Name: "Sounds"}, {Value: "calltime/", Name: "Call times"}, {Value: "holiday/", Name: "Holidays"}, {Value: "boardlimits/", Name: "Board colours"},
	{Value: "retention/", Name: "Retention"}, {Value: "recording/", Name: "Recordings heard"}, {Value: "session/", Name: "Agents listened to"}, {Value: "report/", Name: "Calls taken away"},
}

const rows = 50

type model struct {
	Frame    ui.Frame
	Kinds    []ui.Choice
	People   []ui.Choice
	Kind     string
	Person   string
	From, To string
	Error    string
	Lines    []line
	Page     ui.Page
	Zone     string
}

type line struct {
	ID, Day, Time, Who, IP, Action string
	Object, Called                 string // such as carrier/1, and its name where it has one
	Fields                         []field
}

type field struct{ Name, Before, After string }

// Page serves GET /audit: `what`, `who`, `from`, `to` (days), `before` (the key
// of the last row of the page before).
func (h *Handler) Page(w http.ResponseWriter, r *http.Request) error {
	users, err := h.Users(r.Context())
	if err != nil {
		return err
	}
	m := model{Frame: ui.AdminFrame(r, "Audit log", "audit"), Kinds: kinds, Kind: r.FormValue("what"), Person: r.FormValue("who"), From: r.FormValue("from"), To: r.FormValue("to")}
	m.People = []ui.Choice{{Value: "", Name: "Anybody"}}
	for _, u := range users {
		m.People = append(m.People, ui.Choice{Value: strconv.FormatInt(int64(u.ID), 10), Name: u.Username})
	}
	now := h.Now().In(h.Zone)
	m.Zone = now.Format("UTC-07:00")
	q := facts.AuditQuery{From: time.Unix(0, 0), To: now.AddDate(0, 0, 1), BeforeAt: now.AddDate(0, 0, 1), Limit: rows + 1}
	status := http.StatusOK
	if err := h.filter(&q, m, r.FormValue("before")); err != nil {
		m.Error, status = err.Error(), http.StatusUnprocessableEntity
	} else {
		entries, err := h.Store.Page(r.Context(), q)
		if err != nil {
			return err
		}
		m.Page.Says = "The newest first."
		if len(entries) > rows {
			entries = entries[:rows]
			last := entries[rows-1]
			m.Page.Older = "/audit?" + url.Values{
				"what": {m.Kind}, "who": {m.Person}, "from": {m.From}, "to": {m.To},
				"before": {fmt.Sprintf("%d.%d", last.At.UnixMilli(), last.ID)},
			}.Encode()
		}
		if r.FormValue("before") != "" {
			m.Page.Newer = "/audit?" + url.Values{"what": {m.Kind}, "who": {m.Person}, "from": {m.From}, "to": {m.To}}.Encode()
		}
		called, err := h.Called(r.Context())
		if err != nil {
			return err
		}
		for _, e := range entries {
			m.Lines = append(m.Lines, h.lineOf(e, called))
		}
	}
	return ui.Render(w, r, status, page(m))
}

// filter reads what is asked for; its error is a sentence.
func (h *Handler) filter(q *facts.AuditQuery, m model, before string) error {
	if !ui.Offers(m.Kinds, m.Kind) {
		return dialer.Explain(nil, "Choose among the kinds that are offered.")
	}
	q.Object = m.Kind
	if m.Person != "" {
		if !ui.Offers(m.People, m.Person) {
			return dialer.Explain(nil, "Choose one of the users.")
		}
		n, _ := strconv.ParseInt(m.Person, 10, 64)
		q.User = dialer.UserID(n)
	}
	if err := form.Days(m.From, m.To, h.Zone, &q.From, &q.To); err != nil {
		return err
	}
	if before != "" {
		ms, id, _ := strings.Cut(before, ".")
		at, err := strconv.ParseInt(ms, 10, 64)
		n, err2 := strconv.ParseInt(id, 10, 64)
		if err != nil || err2 != nil || at < 0 || at > 1<<47 {
			return dialer.Explain(nil, "This page's address is broken. Start again from the newest.")
		}
		q.BeforeAt, q.BeforeID = time.UnixMilli(at).UTC(), n
	}
	return nil
}

func (h *Handler) lineOf(e audit.Entry, called map[string]map[string]string) line {
	l := line{
		ID: strconv.FormatInt(e.ID, 10), Day: e.At.In(h.Zone).Format("2 Jan 2006"), Time: e.At.In(h.Zone).Format("15:04:05"), Who: e.Who, IP: e.IP,
		Action: strings.ReplaceAll(strings.ReplaceAll(e.Action, ".", " "), "_", " "), Object: e.Object,
	}
	if kind, id, ok := strings.Cut(e.Object, "/"); ok {
		l.Called = called[kind][id]
	}
	names := map[string]bool{}
	for _, name := range append(e.Before.Names(), e.After.Names()...) {
		if !names[name] {
			names[name] = true
			l.Fields = append(l.Fields, h.fieldOf(e, name, called))
		}
	}
	return l
}

// fieldOf is one field of a change. A campaign's settings read as on their page,
// hours as times of day, what is kept by its id by its name; other fields as they
// are stored.
func (h *Handler) fieldOf(e audit.Entry, name string, called map[string]map[string]string) field {
	f := field{strings.ReplaceAll(name, "_", " "), e.Before.Text(name), e.After.Text(name)}
	kind, refer := refers[name]
	if refer {
		f.Name = strings.TrimSuffix(f.Name, " id")
		f.Before, f.After = named(called[kind], f.Before), named(called[kind], f.After)
	}
	if strings.HasPrefix(e.Object, "campaign/") {
		if label, before, known := h.Setting(name, f.Before); known {
			_, after, _ := h.Setting(name, f.After)
			f = field{label, before, after}
		}
	}
	return f
}

// named is the name of an id; an id that has none any more, by itself. 0 is nothing.
func named(names map[string]string, id string) string {
	switch name := names[id]; {
	case id == "0":
		return ""
	case name == "":
		return id
	default:
		return name
	}
}

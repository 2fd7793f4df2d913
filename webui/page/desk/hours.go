package desk

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
)

// Hours tells when customers may be called.
type Hours interface {
	// CallSpans are the hours of a campaign's lead from one moment to another,
	// without gaps: its campaign's, its list's and those of the law.
	CallSpans(ctx context.Context, campaign dialer.CampaignID, lead dialer.Lead, from, to time.Time) ([]facts.CallSpan, error)
}

// farthest is how far ahead a call may be promised.
const farthest = 366 * 24 * time.Hour

// promised reads what an agent promised a customer: `callback_at`, a date and a
// time (2006-01-02T15:04) in `callback_zone`, without one in the customer's zones,
// and `callback_kind`.
func promised(r *http.Request, zones string, now time.Time) (*dialer.CallbackAsk, error) {
	at := r.PostFormValue("callback_at")
	if at == "" {
		return nil, dialer.Explain(nil, "Choose the day and the time of the callback, then save.")
	}
	zone := zoneOf(cmp.Or(r.PostFormValue("callback_zone"), zones))
	const form = "2006-01-02T15:04"
	due, err := time.ParseInLocation(form, at, zone)
	if err != nil {
		return nil, dialer.Explain(nil, "The callback's day and time cannot be read. Choose them again.")
	}
	if due.Format(form) != at {
		return nil, dialer.Explain(nil, "The customer's clock goes forward that day, and skips "+at[11:]+". Choose another time.")
	}
	ask := &dialer.CallbackAsk{Kind: dialer.CallbackAnyone, DueAt: due.UTC(), Zone: zone.String()}
	if r.PostFormValue("callback_kind") == string(dialer.CallbackUserOnly) {
		ask.Kind = dialer.CallbackUserOnly
	}
	switch {
	case !due.After(now):
		return nil, dialer.Explain(nil, past(now, zone))
	case due.Sub(now) > farthest:
		return nil, dialer.Explain(nil, "A callback is at most a year ahead. Choose an earlier day.")
	}
	return ask, nil
}

// zoneOf is the first of the zones, by comma: several are those that a number may
// lie in, and the first is as good. What is none is UTC.
func zoneOf(zones string) *time.Location {
	zones, _, _ = strings.Cut(zones, ";")
	name, _, _ := strings.Cut(zones, ",")
	name = strings.TrimSpace(name)
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return time.UTC
	}
	return zone
}

func past(now time.Time, zone *time.Location) string {
	return fmt.Sprintf("It is %s already where the customer is. Choose a later time for the callback.", now.In(zone).Format("15:04"))
}

// promise takes what was promised into an intent, unless nobody may be called
// then.
func (h *Handler) promise(r *http.Request, args *dialer.IntentArgs) error {
	call, err := h.Shifts.OnLine(r.Context(), args.CallID)
	if err != nil {
		return err
	}
	zones := ""
	if call != nil {
		zones = call.Lead.Zones
	}
	ask, err := promised(r, zones, h.Now())
	if err != nil {
		return err
	}
	if call != nil {
		spans, err := h.Hours.CallSpans(r.Context(), call.Call.CampaignID, call.Lead, ask.DueAt, ask.DueAt.Add(time.Minute))
		if err != nil {
			return err
		}
		if len(spans) > 0 && spans[0].Why != "" {
			return dialer.Explain(nil, spans[0].Why)
		}
	}
	args.Callback = ask
	return nil
}

// callable is a month of a customer's calendar.
type callable struct {
	Zone string        `json:"zone"`
	Now  string        `json:"now"`  // there, 2006-01-02T15:04
	Last string        `json:"last"` // the last day that may be promised
	Days []callableDay `json:"days"`
}

type callableDay struct {
	Day   string         `json:"day"` // 2006-01-02
	Spans []callableSpan `json:"spans"`
}

// callableSpan is a stretch of the day by the customer's clock, in minutes.
type callableSpan struct {
	From int    `json:"from"`
	To   int    `json:"to"`
	Why  string `json:"why,omitempty"` // the sentence with which a callback then is refused; "": it is taken
}

// Callable serves GET /desk/callable: the days and hours of a `month` (2006-01)
// at which the `lead` on the desk may be promised a call.
func (h *Handler) Callable(w http.ResponseWriter, r *http.Request) error {
	d, err := h.onDesk(r)
	if err != nil {
		return err
	}
	zone, now := zoneOf(d.lead.Zones), h.Now()
	month, err := time.ParseInLocation("2006-01", r.FormValue("month"), zone)
	if err != nil || month.Before(now.AddDate(0, -1, -1)) || month.After(now.Add(farthest)) {
		return dialer.Explain(nil, "Choose a month from this one to a year ahead.")
	}
	spans, err := h.Hours.CallSpans(r.Context(), d.campaign, d.lead, month, month.AddDate(0, 1, 0))
	if err != nil {
		return err
	}
	return writeJSON(w, callable{
		Zone: zone.String(), Now: now.In(zone).Format("2006-01-02T15:04"), Last: now.Add(farthest).In(zone).Format(time.DateOnly),
		Days: daysOf(month, spans, now),
	})
}

// daysOf cuts a month's spans at each midnight, and what has passed off them.
func daysOf(month time.Time, spans []facts.CallSpan, now time.Time) []callableDay {
	zone := month.Location()
	var all []callableDay
	y, m, _ := month.Date()
	for n := 1; ; n++ {
		from, to := time.Date(y, m, n, 0, 0, 0, 0, zone), time.Date(y, m, n+1, 0, 0, 0, 0, zone)
		if from.Month() != m {
			return all
		}
		day := callableDay{Day: from.Format(time.DateOnly)}
		if now.After(from) {
			day.add(from, earlier(now, to), from, past(now, zone))
		}
		for _, s := range spans {
			day.add(later(later(s.From, from), now), earlier(s.To, to), from, s.Why)
		}
		all = append(all, day)
	}
}

// add adds a stretch of the day that begins at midnight, by the clock there.
func (d *callableDay) add(from, to, midnight time.Time, why string) {
	if !from.Before(to) {
		return
	}
	minute := func(t time.Time) int {
		t = t.In(midnight.Location())
		if t.YearDay() != midnight.YearDay() {
			return 24 * 60
		}
		return t.Hour()*60 + t.Minute()
	}
	d.Spans = append(d.Spans, callableSpan{minute(from), minute(to), why})
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// weekdays are the columns of the customer's calendar.
var weekdays = []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

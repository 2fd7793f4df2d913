// Package capacity is the page of how full each role was over a day, which of its
// bounds is reached first, at how many agents, and what to add then.
package capacity

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer/capacity"
	"trunkline/webui/facts"
	"trunkline/webui/ui"
)

// Store reads the samples.
type Store interface {
	Between(ctx context.Context, from, to time.Time) ([]capacity.Sample, error)
}

// Config is what the page needs.
type Config struct {
	Store   Store
	Servers func(context.Context) ([]facts.HostLine, error)
	Now     func() time.Time // the database's clock
	Zone    *time.Location
}

// Handler serves the page.
type Handler struct{ Config }

// New makes the page.
func New(c Config) *Handler { return &Handler{c} }

type model struct {
	Day, Prev, Next string
	Error           string
	Head, Says      string // what matters, in a line and a paragraph
	Look            string
	Database        string // when one database is full
	Rows            []row
	Hours           []string // of the columns
	Agents          int
}

type row struct {
	ID                       int
	Server, What, Says, Full string
	Share, Width, Class      string
	Add                      string
	Hours                    []hour
}

type hour struct {
	At, Share string
	X, Y, H   string // of the bar, in a picture of 240 by 24
	Class     string
}

// Page serves GET /capacity: `day` (YYYY-MM-DD; else today).
func (h *Handler) Page(w http.ResponseWriter, r *http.Request) error {
	now := h.Now().In(h.Zone)
	day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, h.Zone)
	status, wrong := http.StatusOK, ""
	if asked := r.FormValue("day"); asked != "" {
		d, err := time.ParseInLocation(time.DateOnly, asked, h.Zone)
		if err != nil || d.After(now) {
			status, wrong = http.StatusUnprocessableEntity, "Enter a day that has begun, such as "+day.Format(time.DateOnly)+"."
		} else {
			day = d
		}
	}
	hosts, err := h.Servers(r.Context())
	if err != nil {
		return err
	}
	samples, err := h.Store.Between(r.Context(), day.UTC(), day.AddDate(0, 0, 1).UTC())
	if err != nil {
		return err
	}
	var servers []capacity.Bounded
	for _, l := range hosts {
		if l.Gone() && !slices.ContainsFunc(samples, func(s capacity.Sample) bool { return s.Server == l.ID }) {
			continue
		}
		servers = append(servers, capacity.Bounded{ID: l.ID, Name: l.Name, Telephony: l.Telephony || l.Gone() && l.Address != "", MaxLines: l.MaxTrunks, MaxCPS: l.CPS})
	}
	m := newModel(capacity.Look(samples, servers, h.Zone), h.Zone)
	m.Day, m.Prev, m.Error = day.Format(time.DateOnly), day.AddDate(0, 0, -1).Format(time.DateOnly), wrong
	if next := day.AddDate(0, 0, 1); !next.After(now) {
		m.Next = next.Format(time.DateOnly)
	}
	return ui.Render(w, r, status, page(ui.AdminFrame(r, "Capacity", "capacity"), m))
}

// The shares from which a bound is worth a colour.
const (
	watchFrom = 0.7
	badFrom   = 0.9
)

func class(share float64) string {
	switch {
	case share >= badFrom:
		return "bad"
	case share >= watchFrom:
		return "watch"
	}
	return "good"
}

func newModel(f capacity.Forecast, zone *time.Location) model {
	m := model{Agents: f.Agents}
	m.Look, m.Head, m.Says = advice(f)
	full, cores, pace := capacity.DatabaseFull()
	m.Database = fmt.Sprintf("One MariaDB on %d cores is full at about %d agents, if a call is placed for each every %.0f s, as measured; the line “database work” has this system's own pace. Then it wants a host of its own with more cores.",
		cores, full, pace.Seconds())
	for i, u := range f.Uses {
		r := row{
			ID: i, Server: u.Server, What: u.What, Share: fmt.Sprintf("%.0f %%", 100*u.Share),
			Width: strconv.Itoa(int(80 * min(u.Share, 1))), Class: class(u.Share), Full: "–",
		}
		if u.Server == "" {
			r.Server = "database"
		}
		r.Says = "at " + u.At.In(zone).Format("15:04")
		if u.Says != r.Share { // of processor and memory the share is all there is to say
			r.Says = u.Says + ", " + r.Says
		}
		switch {
		case u.FullAt > 0:
			r.Full = fmt.Sprintf("%d agents", u.FullAt)
		case u.Days >= 1.5:
			r.Full = fmt.Sprintf("%.0f days", u.Days)
		case u.Days > 0:
			r.Full = "within a day"
		}
		if u.Share >= watchFrom || u.Days > 0 && u.Days < 30 {
			r.Add = u.Add
		}
		for at, share := range u.Hours {
			height := int(24 * min(share, 1))
			if share > 0 {
				height = max(height, 1)
			}
			r.Hours = append(r.Hours, hour{
				At: fmt.Sprintf("%02d:00", at), Share: fmt.Sprintf("%.0f %%", 100*share), X: strconv.Itoa(10 * at), Y: strconv.Itoa(24 - height), H: strconv.Itoa(height), Class: class(share),
			})
		}
		m.Rows = append(m.Rows, r)
	}
	return m
}

// advice says what runs out first and what to do about it; that nothing has to be
// done is said as plainly.
func advice(f capacity.Forecast) (look, head, says string) {
	if len(f.Uses) == 0 {
		return "info", "Nothing was measured on this day.", "Each server writes down how full it is once a minute while its keepalive, or web role, runs."
	}
	enough := "This is enough."
	if f.One {
		enough = "One box is enough."
	}
	where := func(u *capacity.Use) string {
		if u.Server == "" {
			return u.What
		}
		return u.What + " of " + u.Server
	}
	// Lines run out, and the processor runs out.
	verb := func(u *capacity.Use, one, many string) string {
		if strings.HasSuffix(u.What, "s") {
			return many
		}
		return one
	}
	switch {
	case f.First == nil:
		return "good", enough, "Too few agents were at work to tell what one more costs; nothing comes near its bound."
	case f.First.Share >= badFrom:
		return "bad", fmt.Sprintf("The %s %s now.", where(f.First), verb(f.First, "is at its bound", "are at their bound")),
			fmt.Sprintf("With %d agents on it %s were used. To go on: %s.", f.First.Agents, f.First.Says, f.First.Add)
	case f.First.Share >= watchFrom:
		return "watch", fmt.Sprintf("The %s %s out first, at about %d agents.", where(f.First), verb(f.First, "runs", "run"), f.First.FullAt),
			fmt.Sprintf("At the fullest, %d agents used %s. Before that: %s.", f.First.Agents, f.First.Says, f.First.Add)
	}
	return "good", enough,
		fmt.Sprintf("First to run out as agents are added would be the %s, at about %d agents; at the fullest there were %d. Then: %s.", where(f.First), f.First.FullAt, f.First.Agents, f.First.Add)
}

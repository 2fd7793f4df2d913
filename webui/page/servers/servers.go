// Package servers is the pages of the cluster's hosts: how each does, and what
// each may carry.
package servers

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"trunkline/dialer/audit"
	"trunkline/webui/catalog"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/live"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// Store shows the servers, and keeps what is set for them.
type Store interface {
	catalog.Store[facts.SetServer]
	Lines(ctx context.Context) ([]facts.HostLine, error)
	Jobs(ctx context.Context) ([]facts.Job, error)
}

// Config is what the pages need.
type Config struct {
	Store   Store
	Invites Invites
	// Invite invites a host; nil: that is done on the command line.
	Invite    func(context.Context, audit.By, facts.Invitation) (facts.Invited, error)
	Reception *signin.Reception
	Now       func() time.Time // the database's clock
	Zone      *time.Location
}

// Handler serves the pages.
type Handler struct {
	*catalog.Pages[facts.SetServer]
	Config
}

var wsForm = regexp.MustCompile(`^(wss?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9/_-]*)?)?$`)

// New makes the pages.
func New(c Config) *Handler {
	h := &Handler{Config: c}
	h.Pages = catalog.New(catalog.Kind[facts.SetServer]{
		Path: "/servers", Section: "servers", Name: "Servers", One: "server", A: "a server",
		Key:   func(s facts.SetServer) string { return strconv.FormatInt(int64(s.ID), 10) },
		Title: func(s facts.SetServer) string { return s.Name },
		Fields: func(context.Context, bool) ([]ui.Field, error) {
			return []ui.Field{
				{Name: "max_trunks", Label: "Most lines at once", Help: "Outbound calls over all campaigns that this server carries at the same time. Your carrier's contract and the machine set the limit.", Kind: ui.Number, Unit: "lines"},
				{Name: "cps", Label: "New calls a second", Help: "How fast it may place them; carriers refuse what comes faster. A fraction spreads calls over seconds.", Kind: ui.Number, Unit: "calls a second"},
				{Name: "ws_url", Label: "Address for browsers' phones", Help: "Where agents' browsers register, by TLS. Taken from its own configuration when the server starts again.", Mono: true, Hint: "wss://tel-1.example.com:8089/ws"},
				{Name: "weight", Label: "Weight", Help: "Its part of the agents who sign in: one of 200 gets twice as many as one of 100, one of 0 gets none.", Kind: ui.Number},
				{Name: "active", Label: "Takes new agents", Help: "Switched off, nobody is newly signed in there; shifts that have begun go on.", Kind: ui.Check},
				{Name: "dials", Label: "Places calls", Help: "Switched off, it dials nothing new; calls that are up go on, and its agents get calls that other servers dial.", Kind: ui.Check},
			}, nil
		},
		Parse: func(f *form.Form, was facts.SetServer, _ bool) facts.SetServer {
			return facts.SetServer{
				ID: was.ID, Name: was.Name, Telephony: was.Telephony,
				MaxTrunks: f.Int("max_trunks", 0, 10000, "lines"), CPS: f.Decimal("cps", 0, 1000, 2, "calls a second"),
				WSURL:  f.Match("ws_url", wsForm, "Enter an address that begins with wss://, such as wss://tel-1.example.com:8089/ws."),
				Weight: f.Int("weight", 0, 1000, ""), Active: f.Bool("active"), Dials: f.Bool("dials"),
			}
		},
	}, c.Store, c.Now, c.Zone)
	return h
}

// List serves GET /servers.
func (h *Handler) List(w http.ResponseWriter, r *http.Request) error {
	m, err := h.read(r.Context())
	if err != nil {
		return err
	}
	invited, err := h.Invites.All(r.Context())
	if err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, listPage(ui.AdminFrame(r, "Servers", "servers"), m, h.invitations(invited)))
}

// Events serves GET /servers/events: the table as it changes.
func (h *Handler) Events(w http.ResponseWriter, r *http.Request) error {
	return live.Serve(w, r, h.Reception, 2*time.Second, func(ctx context.Context) (templ.Component, bool, error) {
		m, err := h.read(ctx)
		return now(m), false, err
	})
}

func (h *Handler) read(ctx context.Context) (model, error) {
	lines, err := h.Store.Lines(ctx)
	if err != nil {
		return model{}, err
	}
	jobs, err := h.Store.Jobs(ctx)
	if err != nil {
		return model{}, err
	}
	return newModel(lines, jobs, h.Now(), h.Zone), nil
}

type model struct {
	Says  string
	Rows  []row
	Notes []notice
	Jobs  []job
	Lines string // of all
}

type row struct {
	ID, Name, Address, Href          string
	Roles                            []string
	Class, State                     string
	Lines, CPS, Agents, Clock, Conf  string
	Load, LoadClass, Channels, Cross string
	ClockClass, Version              string
	Share                            string // of 80
	Telephony                        bool
}

type notice struct{ Head, Says, Command string }

type job struct{ Name, On, State, Class string }

// What is asked of a server: see dialer/keepalive.
const (
	beatIn    = 10 * time.Second // longer without a beat is away
	skewWatch = 1000             // ms; more is an alarm
	skewStop  = 5000             // ms; more stops dialing
)

func newModel(lines []facts.HostLine, jobs []facts.Job, now time.Time, zone *time.Location) model {
	m := model{}
	up, most, sick, telephony, unwatched := 0, 0, 0, 0, 0
	var apart []string // telephony servers that no call crosses to
	for _, l := range lines {
		off := !l.Active && !l.Dials // taken out of the cluster: nothing is asked of it
		if l.Telephony && !off {
			telephony++
			if l.SIPAddr == "" {
				apart = append(apart, l.Name)
			}
		}
		r := row{
			ID: strconv.FormatInt(int64(l.ID), 10), Name: l.Name, Address: l.Address, Version: l.Version, Telephony: l.Telephony,
			Class: "good", State: "Well", Lines: "–", CPS: "–", Agents: "–", Clock: "–", Conf: "–", Load: "–", Channels: "–",
		}
		r.Href = "/servers/" + r.ID
		if l.Web {
			r.Roles = append(r.Roles, "Web")
		}
		if !l.Telephony {
			unwatched++ // keepalive beats, which a web server has not
			r.Class, r.State = "paused", "Not watched"
		}
		if l.Telephony {
			r.Roles = append(r.Roles, "Telephony")
			r.Lines = fmt.Sprintf("%d of %d", l.Lines, l.MaxTrunks)
			if l.MaxTrunks > 0 {
				r.Share = strconv.Itoa(min(80, 80*l.Lines/l.MaxTrunks))
			}
			r.CPS, r.Agents = "at most "+strconv.FormatFloat(l.CPS, 'f', -1, 64), strconv.Itoa(l.Agents)
			r.Agents += fmt.Sprintf(" · weight %d", l.Weight)
			r.Channels = strconv.Itoa(l.Channels)
			if l.Cores > 0 {
				r.Load = fmt.Sprintf("%.1f of %d", l.Load, l.Cores)
				if l.Load > 0.9*float64(l.Cores) {
					r.LoadClass = "late"
				}
			}
			if l.SIPAddr != "" {
				r.Cross = "calls cross at " + l.SIPAddr
			}
			r.Clock = fmt.Sprintf("%+.2f s", float64(l.SkewMS)/1000)
			if l.ConfAt != nil {
				r.Conf = l.ConfAt.In(zone).Format("2 Jan 15:04")
			}
			up += l.Lines
			if l.Dials {
				most += l.MaxTrunks
			}
			skew := int(math.Abs(float64(l.SkewMS)))
			switch {
			case off:
				r.Class, r.State = "paused", "Switched off"
			case l.BeatAt == nil || now.Sub(*l.BeatAt) > beatIn:
				r.Class, r.State = "bad", "Away"
				m.Notes = append(m.Notes, notice{l.Name + " does not beat.", away(l, now), "systemctl start trunkline-keepalive && trunkline doctor"})
			case !l.Listening:
				r.Class, r.State = "bad", "Asterisk is away"
				m.Notes = append(m.Notes, notice{l.Name + " has lost its Asterisk.", "It dials nothing until Asterisk answers; keepalive tries again by itself. On " + l.Name + ", see whether Asterisk runs.", "systemctl status trunkline-asterisk || systemctl status asterisk; trunkline doctor"})
			case skew > skewStop:
				r.Class, r.State, r.ClockClass = "bad", "Clock stops dialing", "over"
			case skew > skewWatch:
				r.Class, r.State, r.ClockClass = "watch", "Clock is off", "late"
			}
			if r.Class == "good" && !l.Active {
				r.Class, r.State = "paused", "No new agents"
			} else if r.Class == "good" && !l.Dials {
				r.Class, r.State = "paused", "Places no calls"
			}
			if skew > skewWatch && r.Class != "paused" {
				m.Notes = append(m.Notes, notice{
					fmt.Sprintf("The clock of %s is %.1f s off the database's.", l.Name, float64(skew)/1000),
					"At 5 s it stops dialing by itself; calls go on. On " + l.Name + ", restart the time service; the line turns green within 10 s.",
					"systemctl restart chrony && trunkline doctor",
				})
			}
		}
		if r.Class == "bad" || r.Class == "watch" {
			sick++
		}
		m.Rows = append(m.Rows, r)
	}
	if telephony > 1 && len(apart) > 0 {
		m.Notes = append(m.Notes, notice{
			"No call crosses to " + strings.Join(apart, ", ") + ".",
			"Each of these servers dials for its own agents alone. Give asterisk.sip_addr in its configuration (the address and port of its Asterisk, as the other servers reach it), then start its keepalive again.",
			"systemctl restart trunkline-keepalive",
		})
	}
	m.Lines = fmt.Sprintf("%d of %d", up, most)
	m.Says = fmt.Sprintf("%s on one database; ", many(len(lines), "server"))
	switch {
	case sick == 0 && unwatched > 0:
		m.Says += "all telephony servers are well. Whether a web server answers is its balancer's to say, or /healthz there."
	case sick == 0:
		m.Says += "all are well."
	default:
		m.Says += many(sick, "server") + " needs you."
		if sick > 1 {
			m.Says = strings.Replace(m.Says, " needs you.", " need you.", 1)
		}
	}
	for _, j := range jobs {
		one := job{Name: j.Name, On: j.Holder, State: "held", Class: "good"}
		if !j.Until.After(now) {
			one.State, one.Class = "free", "watch"
		}
		m.Jobs = append(m.Jobs, one)
	}
	return m
}

func away(l facts.HostLine, now time.Time) string {
	since := "It has never been seen."
	if l.BeatAt != nil {
		since = "Last seen " + ui.Ago(now.Sub(*l.BeatAt)) + "."
	}
	return since + " Its calls may go on, and nothing new is dialed there. On " + l.Name + ", start keepalive."
}

func many(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

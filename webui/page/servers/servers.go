// Package servers is the pages of the cluster's hosts: how each does, and what
// each may carry.
package servers

import (
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"regexp"
	"slices"
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
	// Removable says which roles of a host Remove would take away; both may refuse
	// by a *dialer.Problem.
	Removable(ctx context.Context, name string) (roles []string, err error)
	Remove(ctx context.Context, by audit.By, name string) (roles []string, err error)
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
	Weight                           string // "": it seats no agents
	Load, LoadClass, Channels, Cross string
	ClockClass, Version, WebVersion  string
	Share                            string // of 80
	Telephony                        bool
	Remove                           string // address; "": all its roles are at work
	WebAway                          bool   // beside what State says of telephony
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
	lines = slices.DeleteFunc(slices.Clone(lines), facts.HostLine.Gone)
	up, most, sick, telephony, unseen := 0, 0, 0, 0, 0
	var apart []string // telephony servers that no call crosses to
	for _, l := range lines {
		r := row{
			ID: strconv.FormatInt(int64(l.ID), 10), Name: l.Name, Address: l.Address, Telephony: l.Telephony,
			Class: "good", State: "Well", Lines: "–", CPS: "–", Agents: "–", Clock: "–", Load: "–", Channels: "–",
		}
		r.Href = "/servers/" + r.ID
		r.Version, r.WebVersion = versions(l)
		if l.Web {
			r.Roles = append(r.Roles, "Web")
		}
		if l.Telephony {
			r.Roles = append(r.Roles, "Telephony")
			r.carries(l, zone)
			up += l.Lines
			if l.Dials {
				most += l.MaxTrunks
			}
			if !off(l) {
				telephony++
				if l.SIPAddr == "" {
					apart = append(apart, l.Name)
				}
			}
		}
		if l.Telephony && l.BeatAt != nil || l.WebAt != nil {
			r.Clock = fmt.Sprintf("%+.2f s", float64(l.SkewMS)/1000)
		}
		if r.Clock != "–" && l.Cores > 0 {
			r.Load = fmt.Sprintf("%.1f of %d", l.Load, l.Cores)
			if l.Load > 0.9*float64(l.Cores) {
				r.LoadClass = "late"
			}
		}
		m.Notes = append(m.Notes, r.judge(l, now)...)
		if r.Class == "bad" || r.Class == "watch" || r.WebAway {
			sick++
		}
		if r.State == neverSeen {
			unseen++
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
	case sick == 1:
		m.Says += "1 server needs you."
	case sick > 1:
		m.Says += many(sick, "server") + " need you."
	case unseen > 0:
		m.Says += "all that have been seen are well. A web server of an older version says nothing of itself: start it with this one."
	default:
		m.Says += "all are well."
	}
	m.Says += mixed(lines, now)
	for _, j := range jobs {
		one := job{Name: j.Name, On: j.Holder, State: "held", Class: "good"}
		if !j.Until.After(now) {
			one.State, one.Class = "free", "watch"
		}
		m.Jobs = append(m.Jobs, one)
	}
	return m
}

// off tells a telephony server that was taken out of the cluster: nothing is asked
// of it.
func off(l facts.HostLine) bool { return !l.Active && !l.Dials }

// carries says what a telephony server carries.
func (r *row) carries(l facts.HostLine, zone *time.Location) {
	r.Lines = fmt.Sprintf("%d of %d", l.Lines, l.MaxTrunks)
	if l.MaxTrunks > 0 {
		r.Share = strconv.Itoa(min(80, 80*l.Lines/l.MaxTrunks))
	}
	r.CPS, r.Agents = strconv.FormatFloat(l.CPS, 'f', -1, 64), strconv.Itoa(l.Agents)
	r.Weight = strconv.Itoa(l.Weight)
	r.Channels = strconv.Itoa(l.Channels)
	if l.SIPAddr != "" {
		r.Cross = l.SIPAddr
	}
	r.Conf = "–"
	if l.ConfAt != nil {
		r.Conf = l.ConfAt.In(zone).Format("2 Jan 15:04")
	}
}

// neverSeen is the state of a web server that has never beaten.
const neverSeen = "Not seen yet"

// judge says how a host does, role by role, and what is to be done about it.
func (r *row) judge(l facts.HostLine, now time.Time) (notes []notice) {
	silent := func(at *time.Time) bool { return at == nil || now.Sub(*at) > beatIn }
	telephonyGone, webGone := l.Telephony && silent(l.BeatAt), l.Web && silent(l.WebAt)
	if telephonyGone || webGone && (l.WebAt != nil || !l.Telephony) {
		r.Remove = r.Href + "/remove"
	}
	skew := int(math.Abs(float64(l.SkewMS)))
	switch {
	case l.Telephony && off(l):
		r.Class, r.State = "paused", "Switched off"
	case telephonyGone:
		r.Class, r.State = "bad", "Away"
		notes = append(notes, notice{
			l.Name + " does not beat.",
			seen(l.BeatAt, now) + " Its calls may go on, and nothing new is dialed there. On " + l.Name + ", start keepalive. If it has left for good, remove it.",
			"systemctl start trunkline-keepalive && trunkline doctor",
		})
	case l.Telephony && !l.Listening:
		r.Class, r.State = "bad", "Asterisk is away"
		notes = append(notes, notice{l.Name + " has lost its Asterisk.", "It dials nothing until Asterisk answers; keepalive tries again by itself. On " + l.Name + ", see whether Asterisk runs.", "systemctl status trunkline-asterisk || systemctl status asterisk; trunkline doctor"})
	case !l.Telephony && webGone: // said below
	case skew > skewStop && l.Telephony:
		r.Class, r.State, r.ClockClass = "bad", "Clock stops dialing", "over"
	case skew > skewWatch:
		r.Class, r.State, r.ClockClass = "watch", "Clock is off", "late"
	case l.Telephony && !l.Active:
		r.Class, r.State = "paused", "No new agents"
	case l.Telephony && !l.Dials:
		r.Class, r.State = "paused", "Places no calls"
	}
	if skew > skewWatch && !off(l) && !telephonyGone && (l.Telephony || !webGone) {
		notes = append(notes, clockOff(l, skew))
	}
	switch {
	case !webGone:
	case l.WebAt == nil && l.Telephony: // of an older version, or nothing that serves yet
	case l.WebAt == nil:
		r.Class, r.State = "paused", neverSeen
	default:
		r.WebAway = l.Telephony
		if !l.Telephony {
			r.Class, r.State = "bad", "Away"
		}
		notes = append(notes, notice{
			"The web role of " + l.Name + " is away.",
			seen(l.WebAt, now) + " Agents and admins go on at another web server, where the balancer leads them there. On " + l.Name + ", start it. If it has left for good, remove it.",
			"systemctl start trunkline-web && trunkline doctor",
		})
	}
	return notes
}

// clockOff says what a clock does that is some milliseconds off.
func clockOff(l facts.HostLine, skew int) notice {
	does := "At 5 s it stops dialing by itself; calls go on."
	if !l.Telephony {
		does = "Its pages go by the database's clock; its log, and its look at certificates, do not."
	}
	return notice{
		fmt.Sprintf("The clock of %s is %.1f s off the database's.", l.Name, float64(skew)/1000),
		does + " On " + l.Name + ", restart the time service; the line turns green within 10 s.",
		"systemctl restart chrony && trunkline doctor",
	}
}

// versions are what a host runs: telephony's, or web's where it has no other, and
// web's where it differs from that.
func versions(l facts.HostLine) (version, web string) {
	switch {
	case !l.Telephony:
		return l.WebVersion, ""
	case !l.Web || l.WebVersion == l.Version:
		return l.Version, ""
	}
	return l.Version, l.WebVersion
}

// mixed says that roles of several versions are at work, as while a cluster is
// brought to the next.
func mixed(lines []facts.HostLine, now time.Time) string {
	runs := map[string][]string{} // servers by version
	add := func(version, name string, at *time.Time) {
		if version != "" && at != nil && now.Sub(*at) <= beatIn && !slices.Contains(runs[version], name) {
			runs[version] = append(runs[version], name)
		}
	}
	for _, l := range lines {
		if l.Telephony {
			add(l.Version, l.Name, l.BeatAt)
		}
		if l.Web {
			add(l.WebVersion, l.Name, l.WebAt)
		}
	}
	if len(runs) < 2 {
		return ""
	}
	var all []string
	for _, v := range slices.Sorted(maps.Keys(runs)) {
		all = append(all, v+" on "+strings.Join(runs[v], ", "))
	}
	return " Several versions run: " + strings.Join(all, "; ") + ". That is fine while you upgrade."
}

func seen(at *time.Time, now time.Time) string {
	if at == nil {
		return "It has never been seen."
	}
	return "Last seen " + ui.Ago(now.Sub(*at)) + "."
}

func many(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// Package liveboard is the supervisor's live board and the wallboard: who does
// what now, pushed as it changes, and the supervisor's hand on agents' shifts
// and on the campaign in flight. Listening in is page/watch's, whose addresses
// the board's script uses.
package liveboard

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/board"
	"trunkline/webui/facts"
	"trunkline/webui/signin"
	"trunkline/webui/sse"
	"trunkline/webui/ui"
)

// Store writes what supervisors ask of agents' shifts.
type Store interface {
	// Shift is a shift that is on, or dialer.ErrNotFound.
	Shift(ctx context.Context, session dialer.SessionID) (facts.BoardShift, error)
	// AskAgent writes an intent for a shift, with the reason that the agent is
	// told and the line of the audit.
	AskAgent(ctx context.Context, by audit.By, s facts.BoardShift, intent dialer.Intent, says string) error
}

// Settings keeps campaigns' settings.
type Settings interface {
	Settings(ctx context.Context, id dialer.CampaignID) (audit.Record[facts.Settings], error)
	// SaveSettings may return *audit.Conflict.
	SaveSettings(ctx context.Context, id dialer.CampaignID, e audit.Edit[facts.Settings]) error
}

// Changes starts and stops campaigns.
type Changes interface {
	SetCampaignActive(ctx context.Context, c facts.CampaignChange, active bool) error
}

// Commander commands the telephony servers.
type Commander interface {
	Notify(ctx context.Context, server dialer.ServerID, intent dialer.Intent) error
}

// Config is what the pages need.
type Config struct {
	Reader    *board.Reader
	Store     Store
	Settings  Settings
	Changes   Changes
	Commander Commander
	Campaigns func(context.Context) ([]facts.CampaignChoice, error)
	Codes     func(context.Context) ([]facts.SetPauseCode, error)
	Reception *signin.Reception
	NextID    func() int64
	Now       func() time.Time // the database's clock
	Zone      *time.Location
	Log       *slog.Logger
}

// Handler serves the pages.
type Handler struct{ Config }

// New makes the pages.
func New(c Config) *Handler { return &Handler{c} }

// kind is which of the two boards is shown.
type kind string

const (
	supervisors kind = "board"
	wall        kind = "wallboard"
)

// scope is the campaigns that a board shows: one, or all that concern the
// viewer. Boards of one scope share a view.
type scope struct {
	campaign dialer.CampaignID // the one; "": all of reach
	reach    dialer.Scope
}

func (s scope) has(id dialer.CampaignID) bool {
	if s.campaign != "" {
		return id == s.campaign
	}
	return s.reach.Has(id)
}

// key is the same for the same campaigns, in whatever order a group has them.
func (s scope) key() string {
	if s.campaign != "" {
		return string(s.campaign)
	}
	all := strings.Fields(string(s.reach))
	slices.Sort(all)
	return "all " + strings.Join(slices.Compact(all), " ")
}

// path is the board's address.
func (s scope) path(k kind) string {
	if s.campaign == "" {
		return "/" + string(k)
	}
	return "/" + string(k) + "/" + string(s.campaign)
}

func scopeOf(r *http.Request) scope {
	return scope{dialer.CampaignID(r.PathValue("campaign")), signin.User(r.Context()).Reach()}
}

func (h *Handler) open(r *http.Request, k kind, s scope) (*board.Viewer, error) {
	draw := func(p *board.Picture) []board.Part { return boardParts(p, s, h.Zone) }
	if k == wall {
		draw = func(p *board.Picture) []board.Part { return wallParts(p, s, h.Zone) }
	}
	return h.Reader.Open(r.Context(), string(k)+" "+s.key(), draw)
}

type pageModel struct {
	Frame     ui.Frame
	Scope     scope
	Name      string // of the one campaign
	Stream    string
	Wall      string // the wallboard of the same campaigns
	Ear       string // the script with the phone, which is loaded when it is needed
	Parts     map[string]string
	Rows      []string // ids of the agents' rows
	Trouble   string
	Campaigns []facts.CampaignChoice
	Codes     []facts.SetPauseCode
	Manage    bool // may change all settings
}

// Board serves GET /board and GET /board/{campaign}.
func (h *Handler) Board(w http.ResponseWriter, r *http.Request) error {
	if chosen := r.FormValue("campaign"); chosen != "" || r.Form.Has("campaign") {
		http.Redirect(w, r, strings.TrimSuffix("/board/"+url.PathEscape(chosen), "/"), http.StatusSeeOther)
		return nil
	}
	m, err := h.page(r, supervisors)
	if err != nil {
		return err
	}
	codes, err := h.Codes(r.Context())
	if err != nil {
		return err
	}
	m.Codes = slices.DeleteFunc(codes, func(c facts.SetPauseCode) bool { return c.Campaign != "" && !m.Scope.has(c.Campaign) })
	var connect []string
	for _, s := range h.Reader.Servers() { // whose WebSockets the page's phone needs
		u, err := url.Parse(s.WSURL)
		if err == nil && u.Host != "" && (u.Scheme == "ws" || u.Scheme == "wss") && !slices.Contains(connect, u.Scheme+"://"+u.Host) {
			connect = append(connect, u.Scheme+"://"+u.Host)
		}
	}
	w.Header().Set("Content-Security-Policy", ui.Policy(connect...))
	w.Header().Set("Permissions-Policy", "microphone=(self), camera=(), geolocation=()")
	return ui.Render(w, r, http.StatusOK, boardPage(m))
}

// Wall serves GET /wallboard and GET /wallboard/{campaign}.
func (h *Handler) Wall(w http.ResponseWriter, r *http.Request) error {
	m, err := h.page(r, wall)
	if err != nil {
		return err
	}
	m.Frame.Theme = "dark" // it hangs in a room; its readers have no switch
	return ui.Render(w, r, http.StatusOK, wallPage(m))
}

func (h *Handler) page(r *http.Request, k kind) (pageModel, error) {
	s := scopeOf(r)
	m := pageModel{Scope: s, Stream: s.path(k) + "/events", Wall: s.path(wall), Ear: ui.Asset("ear.js")}
	choices, err := h.Campaigns(r.Context())
	if err != nil {
		return m, err
	}
	m.Campaigns = slices.DeleteFunc(choices, func(c facts.CampaignChoice) bool { return !s.reach.Has(c.ID) })
	title := map[kind]string{supervisors: "Live board", wall: "Wallboard"}[k]
	if s.campaign != "" {
		i := slices.IndexFunc(m.Campaigns, func(c facts.CampaignChoice) bool { return c.ID == s.campaign })
		if i < 0 {
			return m, dialer.Explain(dialer.ErrNotFound, "There is no such campaign, or it is archived.")
		}
		m.Name = m.Campaigns[i].Name
		title = m.Name + ", " + strings.ToLower(title)
	}
	m.Frame = ui.FrameOf(r, title, string(k), string(k)+".js")
	m.Manage = s.campaign != "" && m.Frame.User.May(dialer.RightCampaigns, s.campaign)
	viewer, err := h.open(r, k, s)
	if err != nil {
		return m, err
	}
	defer viewer.Close()
	m.Parts, m.Trouble = viewer.View().Parts()
	for id := range m.Parts {
		if strings.HasPrefix(id, rowPrefix) {
			m.Rows = append(m.Rows, id)
		}
	}
	slices.Sort(m.Rows)
	return m, nil
}

const (
	pingEvery  = 2 * time.Second
	knownFor   = 15 * time.Second
	signedOut  = "signedout"
	eventOfAll = "board"
)

// Events serves GET /board/events and its like: everything now, and what changes
// from then on. A stream that resumes begins with everything again, so
// Last-Event-ID is not read.
func (h *Handler) Events(k kind) func(w http.ResponseWriter, r *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		s := scopeOf(r)
		viewer, err := h.open(r, k, s)
		if err != nil {
			return err
		}
		defer viewer.Close()
		stream, err := sse.Start(w)
		if err != nil {
			return nil // it has gone already
		}
		ping, known := time.NewTicker(pingEvery), time.NewTicker(knownFor)
		defer ping.Stop()
		defer known.Stop()
		for {
			select {
			case <-r.Context().Done():
				return nil
			case <-viewer.Changed():
				var text []byte
				text, err = viewer.Next()
				if err == nil && text != nil {
					err = stream.Event(0, eventOfAll, string(text))
				}
			case <-ping.C:
				err = stream.Event(0, "ping", "{}")
			case <-known.C:
				user, gone := h.Reception.Recognise(r)
				switch {
				case errors.Is(gone, dialer.ErrNotFound):
					stream.Event(0, signedOut, "{}") //nolint:errcheck // the stream ends either way
					return nil
				case gone == nil && (user.Reach() != s.reach || !user.May(dialer.RightWatch, s.campaign)):
					return nil // other campaigns concern the viewer now: the page asks again
				}
			}
			if err != nil {
				return nil
			}
		}
	}
}

// BoardEvents serves GET /board/events and GET /board/{campaign}/events.
func (h *Handler) BoardEvents(w http.ResponseWriter, r *http.Request) error {
	return h.Events(supervisors)(w, r)
}

// WallEvents serves GET /wallboard/events and GET /wallboard/{campaign}/events.
func (h *Handler) WallEvents(w http.ResponseWriter, r *http.Request) error {
	return h.Events(wall)(w, r)
}

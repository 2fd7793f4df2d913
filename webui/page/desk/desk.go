// Package desk is the agent's screen: the page, the stream of snapshots that
// drives it, and the endpoints of its controls. A control writes what the agent
// wants as an intent; the listen of the agent's server changes the state, and
// the stream shows it.
package desk

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"
	_ "time/tzdata" // customers' local times, also where the host has no zone files

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/ringer"
	"trunkline/webui/signin"
	"trunkline/webui/tail"
	"trunkline/webui/ui"
)

// Shifts keeps agents' sessions and what they ask for.
type Shifts interface {
	// LiveShift is the user's shift, or ErrNotFound.
	LiveShift(ctx context.Context, user dialer.UserID) (facts.Shift, error)
	// Desk is what the agent's screen shows.
	Desk(ctx context.Context, q facts.DeskQuery) (facts.Desk, error)
	// MoveShift ends a shift whose server is down and begins another on a server
	// that is up. A *dialer.Problem says why it cannot: facts.ErrUndecided, that it
	// can in a moment.
	MoveShift(ctx context.Context, n facts.NewShift, now time.Time) (facts.Shift, error)
	// ServerUp tells whether a server's listen has said lately that it is well.
	ServerUp(ctx context.Context, server dialer.ServerID) (bool, error)
	// AddIntent writes what an agent asks for.
	AddIntent(ctx context.Context, intent dialer.Intent, now time.Time) error
	// TakeDesk gives the desk to a page that was opened, and tells the others.
	TakeDesk(ctx context.Context, session dialer.SessionID, page int64, now time.Time) error
	// OnLine is a call with its lead, or nil where its row is not there yet.
	OnLine(ctx context.Context, call dialer.CallID) (*facts.DeskCall, error)
	// Lead is a lead.
	Lead(ctx context.Context, lead dialer.LeadID) (dialer.Lead, error)
	// Day is what an agent did since the day began.
	Day(ctx context.Context, user dialer.UserID, day, now time.Time) (facts.Day, error)
}

// Words are the choices that the page offers, and a lead's history.
type Words interface {
	SelectableStatuses(ctx context.Context) ([]facts.StatusChoice, error)
	PauseCodes(ctx context.Context, campaign dialer.CampaignID) ([]facts.PauseChoice, error)
	// LeadHistory lists the calls to a lead before one, the newest first.
	LeadHistory(ctx context.Context, lead dialer.LeadID, before dialer.CallID) ([]facts.PastCall, error)
	// Script is the text that a campaign's agents read aloud, "" for the built-in
	// opening, and the campaign's name.
	Script(ctx context.Context, campaign dialer.CampaignID) (text, name string, err error)
	// WebForms lists the pages elsewhere that a campaign's agents open.
	WebForms(ctx context.Context, campaign dialer.CampaignID) ([]facts.WebForm, error)
	// TransferPresets lists to whom a campaign's agents pass calls on.
	TransferPresets(ctx context.Context, campaign dialer.CampaignID) ([]facts.TransferPreset, error)
}

// Commander commands the telephony servers, each within a deadline; one that
// does not answer gives ErrUnavailable.
type Commander interface {
	Hangup(ctx context.Context, server dialer.ServerID, channel string) error
	// Notify tells the server's listen that an intent waits for it.
	Notify(ctx context.Context, server dialer.ServerID, intent dialer.Intent) error
}

// Config is what the desk needs.
type Config struct {
	Shifts    Shifts
	Words     Words
	Promises  Promises
	Hours     Hours
	Customers Customers
	Drafts    Drafts
	Commander Commander
	Ringer    ringer.Ringer
	Hub       *tail.Hub
	Reception *signin.Reception
	Number    func(typed string) (e164 string, err error)
	NextID    func() int64
	Now       func() time.Time // the database's clock
	Zone      *time.Location   // in which "today" begins
	Log       *slog.Logger
}

// Handler serves the desk.
type Handler struct {
	Config
	looks chan struct{} // one for each look at the database that is under way
}

// looksAtOnce is how many desks are looked at together. When thousands of pages
// come back in one second, after a restart of this process, they wait here and
// not for the database's connections, which others need too.
const looksAtOnce = 8

// New makes the desk.
func New(c Config) *Handler {
	return &Handler{Config: c, looks: make(chan struct{}, looksAtOnce)}
}

// errNoShift is told when the agent's shift has ended.
var errNoShift = dialer.Explain(dialer.ErrConflict, "Your shift has ended. Sign in again to go on.")

// shift is the live shift of the request's user.
func (h *Handler) shift(r *http.Request) (facts.Shift, error) {
	s, err := h.Shifts.LiveShift(r.Context(), signin.User(r.Context()).ID)
	if errors.Is(err, dialer.ErrNotFound) {
		return s, errNoShift
	}
	return s, err
}

// Page serves GET /desk.
func (h *Handler) Page(w http.ResponseWriter, r *http.Request) error {
	user := signin.User(r.Context())
	shift, err := h.Shifts.LiveShift(r.Context(), user.ID)
	if errors.Is(err, dialer.ErrNotFound) {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return nil
	}
	if err != nil {
		return err
	}
	statuses, err := h.Words.SelectableStatuses(r.Context())
	if err != nil {
		return err
	}
	codes, err := h.pauses(r.Context(), shift.Session.CampaignID)
	if err != nil {
		return err
	}
	presets, err := h.Words.TransferPresets(r.Context(), shift.Session.CampaignID)
	if err != nil {
		return err
	}
	connect := []string{}
	if origin := originOf(shift.Server.WSURL); origin != "" {
		connect = append(connect, origin)
	}
	w.Header().Set("Content-Security-Policy", ui.Policy(connect...))
	w.Header().Set("Permissions-Policy", "microphone=(self), camera=(), geolocation=()")
	m := newModel(ui.FrameOf(r, "Desk", "desk", "desk.js"), shift, statuses, codes, presets)
	m.Kept = r.URL.Query().Has("kept")
	return ui.Render(w, r, http.StatusOK, page(m))
}

// pauses are the reasons to pause in a campaign. Where all have been deleted there
// is one all the same: nobody is kept from leaving the desk.
func (h *Handler) pauses(ctx context.Context, campaign dialer.CampaignID) ([]facts.PauseChoice, error) {
	codes, err := h.Words.PauseCodes(ctx, campaign)
	if err == nil && len(codes) == 0 {
		codes = []facts.PauseChoice{{Code: "PAUSE", Name: "Pause"}}
	}
	return codes, err
}

// originOf is the scheme and host of a URL, as a content security policy wants
// it, or "".
func originOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || (u.Scheme != "ws" && u.Scheme != "wss") {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// phoneAnswer is what the page's phone registers with.
type phoneAnswer struct {
	Kind   dialer.PhoneKind `json:"kind"`
	Login  string           `json:"login"`
	Secret string           `json:"secret"`
	WSURL  string           `json:"ws_url"`
	Domain string           `json:"domain"`
	Server string           `json:"server"`
}

// Phone serves GET /desk/phone: what the page's phone registers with. The secret
// is the phone's own, never the sign-in password.
func (h *Handler) Phone(w http.ResponseWriter, r *http.Request) error {
	shift, err := h.shift(r)
	if err != nil {
		return err
	}
	a := phoneAnswer{Kind: shift.Phone.Kind, Server: shift.Server.Name}
	if a.Kind == dialer.PhoneWebRTC {
		u, err := url.Parse(shift.Server.WSURL)
		if err != nil || u.Hostname() == "" {
			return dialer.Explain(dialer.ErrUnavailable, "The server "+shift.Server.Name+" has no address for browsers' phones. Tell your administrator to set its ws_url.")
		}
		a.Login, a.Secret, a.WSURL, a.Domain = shift.Phone.Login, shift.Phone.Secret, shift.Server.WSURL, u.Hostname()
	}
	return writeJSON(w, a)
}

// refusalAge is how long a refused intent is shown.
const refusalAge = 10 * time.Second

// look reads what the agent's screen shows now; shown is what it has shown so far.
func (h *Handler) look(ctx context.Context, session dialer.SessionID, shown *facts.Desk) (facts.Desk, error) {
	select {
	case h.looks <- struct{}{}:
		defer func() { <-h.looks }()
	case <-ctx.Done():
		return facts.Desk{}, ctx.Err()
	}
	now := h.Now()
	return h.Shifts.Desk(ctx, facts.DeskQuery{
		Session: session,
		Day:     ui.DayOf(now, h.Zone),
		Now:     now,
		Refused: now.Add(-refusalAge),
		From:    clicksFrom(now),
		Shown:   shown,
	})
}

// clicksFor is how long ago an intent may have been clicked that is refused now, be
// its listen started again meanwhile.
const clicksFor = time.Minute

// clicksFrom is the least id of an intent that may have been refused just now. Ids
// are made of the time, by whichever web server: this bounds the search for the
// newest, of which a table holds millions.
func clicksFrom(now time.Time) dialer.IntentID {
	return dialer.IntentID(dialer.FirstCallAt(now.Add(-refusalAge - clicksFor))) // an intent's id is made as a call's
}

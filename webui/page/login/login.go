// Package login is the way in and out: the sign-in page, and the start of an
// agent's shift.
package login

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/ringer"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// Shifts begins and ends agents' shifts.
type Shifts interface {
	// StartShift begins a shift on the server with the fewest agents among those
	// that are up and where the user has a phone, or resumes the live one. A
	// *dialer.Problem says why there can be none.
	StartShift(ctx context.Context, n facts.NewShift, now time.Time) (facts.Shift, error)
	// LiveShift is the user's shift, or ErrNotFound.
	LiveShift(ctx context.Context, user dialer.UserID) (facts.Shift, error)
	AddIntent(ctx context.Context, intent dialer.Intent, now time.Time) error
	// CampaignChoices lists the campaigns, the active ones first.
	CampaignChoices(ctx context.Context) ([]facts.CampaignChoice, error)
}

// Commander commands the telephony servers.
type Commander interface {
	Notify(ctx context.Context, server dialer.ServerID, intent dialer.Intent) error
}

// Second keeps the second steps of signing in.
type Second interface {
	// TOTP is a user's secret; "" for none.
	TOTP(ctx context.Context, user dialer.UserID) (string, error)
	// TakeTOTP takes the code of a step, once.
	TakeTOTP(ctx context.Context, user dialer.UserID, step int64) (bool, error)
}

// Config is what signing in needs.
type Config struct {
	Shifts    Shifts
	Commander Commander
	Ringer    ringer.Ringer
	Reception *signin.Reception
	Second    Second // nil: nobody has a second step
	NextID    func() int64
	Now       func() time.Time // the database's clock
	Log       *slog.Logger
}

// Handler serves the sign-in page.
type Handler struct{ Config }

// New makes the sign-in page.
func New(c Config) *Handler { return &Handler{c} }

// commandIn is how long a telephony server may take to accept a command.
const commandIn = 3 * time.Second

// Page serves GET /login.
func (h *Handler) Page(w http.ResponseWriter, r *http.Request) error {
	return h.show(w, r, http.StatusOK, form{}, "", false)
}

// form is what was typed; a password is never shown again.
type form struct {
	User, Campaign string
}

// show shows the page; ofCampaign tells that the sentence is about the campaign that
// was chosen, and not about name and password.
func (h *Handler) show(w http.ResponseWriter, r *http.Request, status int, f form, sentence string, ofCampaign bool) error {
	choices, err := h.Shifts.CampaignChoices(r.Context())
	if errors.Is(err, context.Canceled) {
		return err // whoever asked has gone
	}
	if err != nil {
		h.Log.Warn("no campaigns for the sign-in page", "err", err)
		if sentence == "" {
			sentence = "The database does not answer. Wait a moment, then try again."
		}
	}
	return ui.Render(w, r, status, page(newModel(ui.FrameOf(r, "Sign in", "login", "admin.js"), f, choices, sentence, ofCampaign)))
}

// Submit serves POST /login.
func (h *Handler) Submit(w http.ResponseWriter, r *http.Request) error {
	f := form{User: r.PostFormValue("user"), Campaign: r.PostFormValue("campaign")}
	user, err := h.Reception.Check(r.Context(), r, f.User, r.PostFormValue("password"))
	if err == nil {
		var asked bool
		if asked, err = h.askCode(w, r, user, f.Campaign); asked {
			return err
		}
	}
	if err == nil {
		err = h.enter(w, r, user, f.Campaign)
	}
	if err == nil {
		return nil
	}
	return h.refuse(w, r, f, err)
}

// enter begins an agent's shift and the session, and leads to where the role
// begins.
func (h *Handler) enter(w http.ResponseWriter, r *http.Request, user dialer.User, campaign string) error {
	to := ui.Home(user.Role)
	if user.Role == dialer.RoleAgent {
		kept, err := h.startShift(r, user, campaign)
		if err != nil {
			return err
		}
		if kept {
			to += "?kept" // the desk says so
		}
	}
	if err := h.Reception.Start(w, r, user.ID); err != nil {
		return err
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// askCode asks somebody for the second step, who has one.
func (h *Handler) askCode(w http.ResponseWriter, r *http.Request, user dialer.User, campaign string) (asked bool, err error) {
	if h.Second == nil {
		return false, nil
	}
	secret, err := h.Second.TOTP(r.Context(), user.ID)
	if err != nil || secret == "" {
		return false, err
	}
	if err := h.Reception.StartHalf(w, r, user.ID); err != nil {
		return true, err
	}
	return true, ui.Render(w, r, http.StatusOK, codePage(ui.FrameOf(r, "Second step", "login", "admin.js"), user.Username, campaign, ""))
}

// Code serves POST /login/code: the second step.
func (h *Handler) Code(w http.ResponseWriter, r *http.Request) error {
	campaign := r.PostFormValue("campaign")
	user, err := h.Reception.Half(r)
	again := func(status int, sentence string) error {
		h.Log.Warn("second step refused", "ip", signin.IP(r), "says", sentence)
		return ui.Render(w, r, status, codePage(ui.FrameOf(r, "Second step", "login", "admin.js"), user.Username, campaign, sentence))
	}
	switch {
	case errors.Is(err, dialer.ErrNotFound):
		return h.show(w, r, http.StatusUnauthorized, form{Campaign: campaign}, "That took too long. Sign in again.", false)
	case errors.Is(err, signin.ErrOften):
		return again(http.StatusTooManyRequests, "Too many wrong codes. Wait a minute, then type the one that the app shows now.")
	case err != nil:
		return err
	}
	secret, err := h.Second.TOTP(r.Context(), user.ID)
	if err != nil {
		return err
	}
	step, ok := signin.StepOf(secret, r.PostFormValue("code"), h.Now())
	if !ok {
		return again(http.StatusUnauthorized, "That is not the code that the app shows now. Type the present one; if it is refused again, see whether the phone's clock is right.")
	}
	taken, err := h.Second.TakeTOTP(r.Context(), user.ID, step)
	if err != nil {
		return err
	}
	if !taken {
		return again(http.StatusUnauthorized, "This code has been used already. Wait for the next one.")
	}
	h.Reception.EndHalf(w, r, user.ID)
	if err := h.enter(w, r, user, campaign); err != nil {
		return h.refuse(w, r, form{User: user.Username, Campaign: campaign}, err)
	}
	return nil
}

// refuse shows the page again with what is wrong.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, f form, err error) error {
	status, sentence := http.StatusUnprocessableEntity, ""
	var problem *dialer.Problem
	switch {
	case errors.Is(err, signin.ErrOften):
		status, sentence = http.StatusTooManyRequests, signin.ErrOften.Error()
		h.Log.Warn("sign-in refused: too many tries", "user", f.User, "ip", signin.IP(r))
	case errors.Is(err, signin.ErrWrong):
		status, sentence = http.StatusUnauthorized, signin.ErrWrong.Error()
		h.Log.Warn("sign-in refused", "user", f.User, "ip", signin.IP(r)) // one stable line, for fail2ban
	case errors.As(err, &problem):
		sentence = problem.Sentence
		if errors.Is(err, dialer.ErrUnavailable) {
			status = http.StatusServiceUnavailable
		}
	case errors.Is(err, dialer.ErrUnavailable):
		status, sentence = http.StatusServiceUnavailable, "The database does not answer. Wait a moment, then try again."
	default:
		return err
	}
	return h.show(w, r, status, f, sentence, errors.Is(err, errCampaign))
}

// startShift begins or resumes an agent's shift, and rings a phone that is not
// the page's own: that one is rung once it has registered. kept tells that the
// shift is one in another campaign than was asked for.
func (h *Handler) startShift(r *http.Request, user dialer.User, campaign string) (kept bool, err error) {
	choices, err := h.Shifts.CampaignChoices(r.Context())
	if err != nil {
		return false, fmt.Errorf("the campaigns: %w", err)
	}
	id, err := choose(choices, dialer.CampaignID(campaign))
	if err != nil {
		if _, live := h.Shifts.LiveShift(r.Context(), user.ID); live != nil {
			return false, err
		} // a shift that is resumed keeps its campaign
	}
	if !user.May(dialer.RightDesk, id) && id != "" {
		return false, dialer.Explain(errCampaign, "You are not assigned to the campaign "+string(id)+". Choose another, or ask your supervisor.")
	}
	shift, err := h.Shifts.StartShift(r.Context(), facts.NewShift{
		ID: dialer.SessionID(h.NextID()), User: user.ID, Campaign: id,
	}, h.Now())
	if err != nil {
		return false, fmt.Errorf("starting the shift: %w", err)
	}
	kept = shift.Resumed && campaign != "" && shift.Session.CampaignID != dialer.CampaignID(campaign)
	if shift.Phone.Kind == dialer.PhoneWebRTC || shift.Session.Leg != "" {
		return kept, nil
	}
	if err := h.Ringer.Ring(r.Context(), shift); err != nil {
		// The desk shows that the phone is not connected, and a button.
		h.Log.Warn("an agent's phone was not rung", "session", shift.Session.ID, "server", shift.Server.Name, "err", err)
	}
	return kept, nil
}

// errCampaign is the kind of a sentence that stands at the choice of a campaign.
var errCampaign = errors.New("campaign")

// choose is the campaign that was asked for, or the only one there is to ask
// for.
func choose(choices []facts.CampaignChoice, asked dialer.CampaignID) (dialer.CampaignID, error) {
	var active []dialer.CampaignID
	for _, c := range choices {
		if asked != "" && c.ID == asked {
			return c.ID, nil
		}
		if c.Active {
			active = append(active, c.ID)
		}
	}
	switch {
	case asked != "":
		return "", dialer.Explain(errCampaign, "There is no campaign "+string(asked)+". Choose one from the list, and type your password again.")
	case len(active) == 1:
		return active[0], nil
	case len(active) == 0 && len(choices) == 1:
		return choices[0].ID, nil
	case len(choices) == 0:
		return "", dialer.Explain(nil, "There is no campaign yet. Ask your administrator to set one up.")
	}
	return "", dialer.Explain(errCampaign, "Choose the campaign you work for, and type your password again.")
}

// Logout serves POST /logout: it ends the web session, and an agent's shift.
func (h *Handler) Logout(w http.ResponseWriter, r *http.Request) error {
	user := signin.User(r.Context())
	shift, err := h.Shifts.LiveShift(r.Context(), user.ID)
	switch {
	case err == nil:
		err = h.endShift(r.Context(), shift)
	case errors.Is(err, dialer.ErrNotFound):
		err = nil
	}
	if err != nil {
		return err
	}
	if err := h.Reception.End(w, r); err != nil {
		return err
	}
	http.Redirect(w, r, "/login", http.StatusSeeOther)
	return nil
}

func (h *Handler) endShift(ctx context.Context, shift facts.Shift) error {
	intent := dialer.Intent{
		ID: dialer.IntentID(h.NextID()), ServerID: shift.Session.ServerID, SessionID: shift.Session.ID, Kind: dialer.IntentLogout,
	}
	if err := h.Shifts.AddIntent(ctx, intent, h.Now()); err != nil {
		return fmt.Errorf("ending the shift: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, commandIn)
	defer cancel()
	if err := h.Commander.Notify(ctx, intent.ServerID, intent); err != nil {
		h.Log.Info("listen was not told of an intent", "server", shift.Server.Name, "intent", intent.ID, "err", err)
	}
	return nil
}

// model is what the page shows.
type model struct {
	Frame      ui.Frame
	Form       form
	Choices    []choice
	Sentence   string
	OfCampaign bool // the sentence is about the campaign
}

type choice struct {
	ID, Name string
	Selected bool
}

func newModel(f ui.Frame, typed form, choices []facts.CampaignChoice, sentence string, ofCampaign bool) model {
	m := model{Frame: f, Form: typed, Sentence: sentence, OfCampaign: ofCampaign && len(choices) > 1}
	for _, c := range choices {
		name := c.Name
		if !c.Active {
			name += " (stopped)"
		}
		m.Choices = append(m.Choices, choice{string(c.ID), name, string(c.ID) == typed.Campaign})
	}
	return m
}

package mariadb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

// WebDesk keeps agents' shifts as the web role sees them: it begins them, shows
// them and writes what the agents ask for. Their state is changed by listen.
type WebDesk struct{ db *DB }

// NewWebDesk is the store on a database.
func NewWebDesk(db *DB) *WebDesk { return &WebDesk{db} }

var (
	webShiftLive          = queries.Get("web-shift-live")
	webShiftPlace         = queries.Get("web-shift-place")
	webServerUp           = queries.Get("web-server-up")
	webPhonesOfUser       = queries.Get("web-phones-of-user")
	webShiftAdd           = queries.Get("web-shift-add")
	webEventAdd           = queries.Get("web-event-add")
	webIntentAdd          = queries.Get("web-intent-add")
	webDesk               = queries.Get("web-desk")
	webDeskCall           = queries.Get("web-desk-call")
	webDeskLead           = queries.Get("web-desk-lead")
	webDeskThird          = queries.Get("web-desk-third")
	webDeskParked         = queries.Get("web-desk-parked")
	webDeskToday          = queries.Get("web-desk-today")
	webDeskNotice         = queries.Get("web-desk-notice")
	webDeskRefusal        = queries.Get("web-desk-refusal")
	webStatusesSelectable = queries.Get("web-statuses-selectable")
	webPauseCodes         = queries.Get("web-pause-codes")
	webLeadHistory        = queries.Get("web-lead-history")
	webCampaignChoices    = queries.Get("web-campaign-choices")
)

// shiftRow is a shift with its phone and its server.
type shiftRow struct {
	dialer.Session
	Phone  dialer.Phone    `db:"phone"`
	Server dialer.Server   `db:"server"`
	Line   dialer.ServerID `db:"line_server_id"`
}

// LiveShift is the user's shift, or dialer.ErrNotFound.
func (d *WebDesk) LiveShift(ctx context.Context, user dialer.UserID) (facts.Shift, error) {
	return liveShift(ctx, d.db.x, user)
}

func liveShift(ctx context.Context, q sqlx.QueryerContext, user dialer.UserID) (facts.Shift, error) {
	var row shiftRow
	err := sqlx.GetContext(ctx, q, &row, webShiftLive, user)
	return facts.Shift{Session: row.Session, Phone: row.Phone, Server: row.Server, Line: row.Line}, kind(err)
}

// StartShift begins a shift, with its event, on the server with the fewest
// agents among those that are up and where the user has a phone; or it resumes
// the live one.
func (d *WebDesk) StartShift(ctx context.Context, n facts.NewShift, now time.Time) (facts.Shift, error) {
	var shift facts.Shift
	err := d.db.Tx(ctx, func(tx *sqlx.Tx) error {
		var err error
		shift, err = liveShift(ctx, tx, n.User)
		if err == nil {
			shift.Resumed = true
			return nil
		}
		if !errors.Is(err, dialer.ErrNotFound) {
			return err
		}
		at, err := placeOf(ctx, tx, n.User, 0)
		if err != nil {
			return err
		}
		if err := addShift(ctx, tx, n, at, 0, now); err != nil {
			return err
		}
		shift, err = liveShift(ctx, tx, n.User)
		return err
	})
	if errors.Is(err, dialer.ErrConflict) {
		// The user signs in on two browsers at once, and the other was first.
		shift, err = d.LiveShift(ctx, n.User)
		shift.Resumed = true
	}
	return shift, err
}

// ServerUp tells whether a server's listen has said lately that it is well.
func (d *WebDesk) ServerUp(ctx context.Context, server dialer.ServerID) (bool, error) {
	return serverUp(ctx, d.db.x, server)
}

func serverUp(ctx context.Context, q sqlx.QueryerContext, server dialer.ServerID) (up bool, err error) {
	err = sqlx.GetContext(ctx, q, &up, webServerUp, server)
	return up, kind(err)
}

// place is where a shift begins.
type place struct {
	Phone  dialer.PhoneID  `db:"id"`
	Server dialer.ServerID `db:"server_id"`
}

// placeOf is the best place for a user's shift on any server but one.
func placeOf(ctx context.Context, tx *sqlx.Tx, user dialer.UserID, but dialer.ServerID) (at place, err error) {
	err = kind(tx.GetContext(ctx, &at, webShiftPlace, user, but))
	if errors.Is(err, dialer.ErrNotFound) {
		err = noPlace(ctx, tx, user)
	}
	return at, err
}

// addShift begins a shift; with a call, in the wrap-up of it.
func addShift(ctx context.Context, tx *sqlx.Tx, n facts.NewShift, at place, call dialer.CallID, now time.Time) error {
	state := dialer.AgentConnecting
	if call != 0 {
		state = dialer.AgentWrapUp
	}
	_, err := tx.ExecContext(ctx, webShiftAdd, n.ID, n.User, n.Campaign, at.Server, at.Phone, state, call, now, now, now)
	if err != nil {
		return kind(err)
	}
	_, err = tx.ExecContext(ctx, webEventAdd, now, at.Server, dialer.EventAgent, n.ID, n.Campaign)
	return kind(err)
}

// noPlace says why an agent cannot be seated.
func noPlace(ctx context.Context, tx *sqlx.Tx, user dialer.UserID) error {
	var phones int
	if err := tx.GetContext(ctx, &phones, webPhonesOfUser, user); err != nil {
		return kind(err)
	}
	if phones == 0 {
		return dialer.Explain(nil, "You have no phone yet. Ask your administrator to give you one, then sign in again.")
	}
	return dialer.Explain(dialer.ErrUnavailable, "No telephony server with a phone of yours is up. Try again in a minute, and tell your supervisor if it stays so.")
}

// AddIntent writes what an agent asks for.
func (d *WebDesk) AddIntent(ctx context.Context, intent dialer.Intent, now time.Time) error {
	var args strings.Builder
	e := json.NewEncoder(&args)
	e.SetEscapeHTML(false) // it is for no page, and a < would take six characters
	if err := e.Encode(intent.Args); err != nil {
		return err
	}
	_, err := d.db.x.ExecContext(ctx, webIntentAdd, intent.ID, intent.ServerID, intent.SessionID, intent.Kind, strings.TrimSpace(args.String()), now)
	return kind(err)
}

// deskRow is all of the screen but the call.
type deskRow struct {
	dialer.Session
	Username     string            `db:"username"`
	FullName     string            `db:"full_name"`
	CampaignName string            `db:"campaign_name"`
	PhoneKind    dialer.PhoneKind  `db:"phone_kind"`
	ServerName   string            `db:"server_name"`
	ServerUp     bool              `db:"server_up"`
	Record       dialer.RecordMode `db:"record"`
	Message      bool              `db:"message"`
	PreviewS     int               `db:"preview_s"`
	Page         int64             `db:"page"`
	Draft        int64             `db:"draft"`

	// Whether there is any.
	Third   bool `db:"third"`
	Parked  bool `db:"parked"`
	Refused bool `db:"refused"`
	Noticed bool `db:"noticed"`
}

// Desk is what the agent's screen shows.
func (d *WebDesk) Desk(ctx context.Context, q facts.DeskQuery) (facts.Desk, error) {
	var row deskRow
	if err := d.db.x.GetContext(ctx, &row, webDesk, q.From, q.Refused, q.Session); err != nil {
		return facts.Desk{}, fmt.Errorf("the desk of session %d: %w", q.Session, kind(err))
	}
	desk := facts.Desk{
		Session:      row.Session,
		User:         dialer.User{ID: row.UserID, Username: row.Username, FullName: row.FullName},
		CampaignName: row.CampaignName, PhoneKind: row.PhoneKind, ServerName: row.ServerName, ServerUp: row.ServerUp,
		Record: row.Record, Message: row.Message, PreviewS: row.PreviewS, Page: row.Page, Draft: row.Draft,
	}
	if row.CallID != 0 {
		call, err := d.call(ctx, row.CallID)
		if err != nil {
			return desk, err
		}
		desk.Call = call
	}
	if err := d.beside(ctx, row, &desk); err != nil {
		return desk, err
	}
	var known bool
	if desk.Today, known = q.Known(desk); known {
		desk.Summed = q.Shown.Summed
		return desk, d.said(ctx, q, row, &desk)
	}
	desk.Summed = q.Now
	if err := d.today(ctx, &desk.Today, row.UserID, q.Day, q.Now); err != nil {
		return desk, fmt.Errorf("what the agent did today: %w", kind(err))
	}
	return desk, d.said(ctx, q, row, &desk)
}

// said is what the agent is told: why the newest click was refused, and what a
// supervisor did.
func (d *WebDesk) said(ctx context.Context, q facts.DeskQuery, row deskRow, desk *facts.Desk) (err error) {
	if row.Refused {
		desk.Refusal, err = maybe[facts.Refusal](ctx, d.db, webDeskRefusal, q.From, q.Session, q.Refused)
		if err != nil {
			return fmt.Errorf("the newest refusal: %w", err)
		}
	}
	if row.Noticed {
		desk.Notice, err = maybe[facts.Notice](ctx, d.db, webDeskNotice, q.Session)
		if err != nil {
			return fmt.Errorf("what the agent was told: %w", err)
		}
	}
	return nil
}

// maybe reads a row, or nil where there is none.
func maybe[T any](ctx context.Context, db *DB, query string, args ...any) (*T, error) {
	row := new(T)
	err := kind(db.x.GetContext(ctx, row, query, args...))
	if errors.Is(err, dialer.ErrNotFound) {
		return nil, nil
	}
	return row, err
}

// beside is what stands beside the call: its third party, parked calls, the
// lead that is previewed.
func (d *WebDesk) beside(ctx context.Context, row deskRow, desk *facts.Desk) (err error) {
	if row.Third {
		desk.Third, err = maybe[dialer.Third](ctx, d.db, webDeskThird, row.CallID)
		if err != nil {
			return fmt.Errorf("the third party of call %d: %w", row.CallID, err)
		}
	}
	if row.PreviewID != 0 {
		desk.Preview = new(dialer.Lead)
		err := kind(d.db.x.GetContext(ctx, desk.Preview, webDeskLead, row.PreviewID))
		if err != nil {
			return fmt.Errorf("lead %d: %w", row.PreviewID, err)
		}
	}
	if !row.Parked {
		return nil
	}
	err = d.db.x.SelectContext(ctx, &desk.Parked, webDeskParked, row.ServerID, row.CampaignID, row.ID)
	return kind(err)
}

// call is a call with its lead; nil when its row is not there yet.
func (d *WebDesk) call(ctx context.Context, id dialer.CallID) (*facts.DeskCall, error) {
	var row struct {
		dialer.Call
		InGroupName string `db:"in_group_name"`
		StatusName  string `db:"status_name"`
	}
	err := kind(d.db.x.GetContext(ctx, &row, webDeskCall, id))
	if errors.Is(err, dialer.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("call %d: %w", id, err)
	}
	c := facts.DeskCall{Call: row.Call, InGroup: row.InGroupName, Outcome: row.StatusName}
	err = kind(d.db.x.GetContext(ctx, &c.Lead, webDeskLead, c.Call.LeadID))
	if err != nil && !errors.Is(err, dialer.ErrNotFound) {
		return nil, fmt.Errorf("lead %d: %w", c.Call.LeadID, err)
	}
	return &c, nil
}

// SelectableStatuses lists the dispositions that agents choose among.
func (d *WebDesk) SelectableStatuses(ctx context.Context) ([]facts.StatusChoice, error) {
	var all []facts.StatusChoice
	err := d.db.x.SelectContext(ctx, &all, webStatusesSelectable)
	return all, kind(err)
}

// PauseCodes lists the reasons to pause in a campaign.
func (d *WebDesk) PauseCodes(ctx context.Context, campaign dialer.CampaignID) ([]facts.PauseChoice, error) {
	var all []facts.PauseChoice
	err := d.db.x.SelectContext(ctx, &all, webPauseCodes, campaign)
	return all, kind(err)
}

// LeadHistory lists the calls to a lead but for one, the newest first.
func (d *WebDesk) LeadHistory(ctx context.Context, lead dialer.LeadID, before dialer.CallID) ([]facts.PastCall, error) {
	var all []facts.PastCall
	err := d.db.x.SelectContext(ctx, &all, webLeadHistory, lead, before)
	return all, kind(err)
}

// CampaignChoices lists the campaigns, the active ones first.
func (d *WebDesk) CampaignChoices(ctx context.Context) ([]facts.CampaignChoice, error) {
	var all []facts.CampaignChoice
	err := d.db.x.SelectContext(ctx, &all, webCampaignChoices)
	return all, kind(err)
}

var webDeskScript = queries.Get("web-desk-script")

// Script is the text that a campaign's agents read aloud, "" for none, and the
// campaign's name.
func (d *WebDesk) Script(ctx context.Context, campaign dialer.CampaignID) (text, name string, err error) {
	var row struct {
		Name string `db:"name"`
		Body string `db:"body"`
	}
	err = d.db.x.GetContext(ctx, &row, webDeskScript, campaign)
	return row.Body, row.Name, kind(err)
}

// OnLine is a call with its lead, or nil where its row is not there yet.
func (d *WebDesk) OnLine(ctx context.Context, call dialer.CallID) (*facts.DeskCall, error) {
	return d.call(ctx, call)
}

// Lead is a lead.
func (d *WebDesk) Lead(ctx context.Context, lead dialer.LeadID) (dialer.Lead, error) {
	var l dialer.Lead
	err := d.db.x.GetContext(ctx, &l, webDeskLead, lead)
	return l, kind(err)
}

var (
	webDeskTell         = queries.Get("web-desk-tell")
	webDeskTake         = queries.Get("web-desk-take")
	webDeskForms        = queries.Get("web-desk-forms")
	webDeskPresets      = queries.Get("web-desk-presets")
	webDeskDayStates    = queries.Get("web-desk-day-states")
	webDeskDayCallbacks = queries.Get("web-desk-day-callbacks")
)

// TakeDesk gives the desk to a page that was opened; an event tells the page that
// had it before, whichever web server that one hangs on.
func (d *WebDesk) TakeDesk(ctx context.Context, session dialer.SessionID, page int64, now time.Time) error {
	return d.db.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, webDeskTell, now, session, page); err != nil {
			return kind(err)
		}
		_, err := tx.ExecContext(ctx, webDeskTake, page, session)
		return kind(err)
	})
}

// WebForms lists the pages elsewhere that a campaign's agents open.
func (d *WebDesk) WebForms(ctx context.Context, campaign dialer.CampaignID) ([]facts.WebForm, error) {
	var all []facts.WebForm
	err := d.db.x.SelectContext(ctx, &all, webDeskForms, campaign)
	return all, kind(err)
}

// TransferPresets lists to whom a campaign's agents pass calls on.
func (d *WebDesk) TransferPresets(ctx context.Context, campaign dialer.CampaignID) ([]facts.TransferPreset, error) {
	var all []facts.TransferPreset
	err := d.db.x.SelectContext(ctx, &all, webDeskPresets, campaign)
	return all, kind(err)
}

func (d *WebDesk) today(ctx context.Context, into *facts.Today, user dialer.UserID, day, now time.Time) error {
	return d.db.x.GetContext(ctx, into, webDeskToday, now, now, now, user, day, user, day, day)
}

// Day is what an agent did since the day began.
func (d *WebDesk) Day(ctx context.Context, user dialer.UserID, day, now time.Time) (facts.Day, error) {
	f := facts.Day{States: map[dialer.AgentState]int{}}
	if err := d.today(ctx, &f.Today, user, day, now); err != nil {
		return f, fmt.Errorf("what the agent did today: %w", kind(err))
	}
	var rows []struct {
		State   dialer.AgentState `db:"state"`
		Seconds int               `db:"seconds"`
	}
	if err := d.db.x.SelectContext(ctx, &rows, webDeskDayStates, day, user, day, day); err != nil {
		return f, fmt.Errorf("the agent's time today: %w", kind(err))
	}
	for _, r := range rows {
		f.States[r.State] = r.Seconds
	}
	row := struct {
		Promised int `db:"promised"`
		Kept     int `db:"kept"`
	}{}
	err := d.db.x.GetContext(ctx, &row, webDeskDayCallbacks, user, day, now)
	f.Promised, f.Kept = row.Promised, row.Kept
	return f, kind(err)
}

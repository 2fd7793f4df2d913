// Package recordings is the pages on which calls are found and heard. Who hears
// one stands in the audit log.
package recordings

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/dialer/report"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// Store finds recordings, and notes who hears them.
type Store interface {
	Page(ctx context.Context, q facts.RecordingQuery) ([]facts.Recording, error)
	// OfCall are the recordings of one call, the oldest first.
	OfCall(ctx context.Context, call dialer.CallID) ([]facts.Recording, error)
	Heard(ctx context.Context, by audit.By, r facts.Recording, goesOn bool) error
}

// Config is what the pages need.
type Config struct {
	Store     Store
	Campaigns func(context.Context) ([]facts.CampaignChoice, error)
	Words     func(context.Context) (report.Words, error) // the lists and outcomes to choose from
	Dir       string                                      // where this host sees the recordings; "" where it does not
	Now       func() time.Time                            // the database's clock
	Zone      *time.Location
}

// Handler serves the pages.
type Handler struct{ Config }

// New makes the pages.
func New(c Config) *Handler { return &Handler{c} }

const rows = 50

type listModel struct {
	Frame                                ui.Frame
	Campaigns, Lists, Outcomes           []ui.Choice
	Campaign, Username, Number, From, To string
	List, Outcome                        string
	Error                                string
	Rows                                 []row
	Page                                 ui.Page
	Zone                                 string
}

type row struct {
	Href, When, Length, Campaign, Agent, Customer, Number, Outcome, Status string
	State, Class                                                           string // "" when it can be heard
}

// List serves GET /recordings: `campaign`, `agent`, `number`, `list` (its
// number), `outcome` (a status), `from`, `to` (days), `before` (the key of the last row of the page before).
func (h *Handler) List(w http.ResponseWriter, r *http.Request) error {
	user := signin.User(r.Context())
	campaigns, err := h.Campaigns(r.Context())
	if err != nil {
		return err
	}
	now := h.Now().In(h.Zone)
	m := listModel{
		Frame: ui.AdminFrame(r, "Recordings", "recordings"), Campaign: r.FormValue("campaign"), Username: strings.TrimSpace(r.FormValue("agent")),
		Number: strings.TrimSpace(r.FormValue("number")), From: r.FormValue("from"), To: r.FormValue("to"), Zone: now.Format("UTC-07:00"),
		List: strings.TrimSpace(r.FormValue("list")), Outcome: strings.ToUpper(strings.TrimSpace(r.FormValue("outcome"))),
		Campaigns: []ui.Choice{{Value: "", Name: "Any of yours"}},
	}
	for _, c := range campaigns {
		if user.May(dialer.RightHear, c.ID) {
			m.Campaigns = append(m.Campaigns, ui.Choice{Value: string(c.ID), Name: c.Name})
		}
	}
	words, err := h.Words(r.Context())
	if err != nil {
		return err
	}
	m.choices(words, user)
	q := facts.RecordingQuery{
		Scope: user.Reach(), Campaign: dialer.CampaignID(m.Campaign), Username: m.Username,
		From: now.AddDate(0, 0, -30).UTC(), To: now.AddDate(0, 0, 1).UTC(), BeforeAt: now.AddDate(0, 0, 1).UTC(), Limit: rows + 1,
	}
	status := http.StatusOK
	if err := h.filter(&q, m, r.FormValue("before")); err != nil {
		m.Error, status = err.Error(), http.StatusUnprocessableEntity
		return ui.Render(w, r, status, listPage(m))
	}
	found, err := h.Store.Page(r.Context(), q)
	if err != nil {
		return err
	}
	again := url.Values{"campaign": {m.Campaign}, "agent": {m.Username}, "number": {m.Number}, "list": {m.List}, "outcome": {m.Outcome}, "from": {m.From}, "to": {m.To}}
	if r.FormValue("before") != "" {
		m.Page.Newer = "/recordings?" + again.Encode()
	}
	m.Page.Says = "The newest first."
	if len(found) > rows {
		found = found[:rows]
		last := found[rows-1]
		again.Set("before", fmt.Sprintf("%d.%d.%s", last.StartedAt.UnixMilli(), last.Call, last.File))
		m.Page.Older = "/recordings?" + again.Encode()
	}
	for _, f := range found {
		m.Rows = append(m.Rows, h.rowOf(words, f))
	}
	return ui.Render(w, r, status, listPage(m))
}

// choices are the lists of the user's campaigns and the outcomes, to choose from.
// What else was asked for stays chosen: of a list or a status that is no more
// there are recordings still.
func (m *listModel) choices(words report.Words, user dialer.User) {
	m.Lists, m.Outcomes = []ui.Choice{{Value: "", Name: "Any"}}, []ui.Choice{{Value: "", Name: "Any"}}
	for _, l := range words.Lists {
		if user.May(dialer.RightHear, l.Campaign) {
			m.Lists = append(m.Lists, ui.Choice{Value: strconv.FormatInt(int64(l.ID), 10), Name: fmt.Sprintf("%d %s", l.ID, l.Name)})
		}
	}
	for _, s := range slices.Sorted(maps.Keys(words.Outcomes)) {
		m.Outcomes = append(m.Outcomes, ui.Choice{Value: string(s), Name: named(words, s)})
	}
	slices.SortStableFunc(m.Outcomes[1:], func(a, b ui.Choice) int { return strings.Compare(a.Name, b.Name) })
	if !ui.Offers(m.Lists, m.List) {
		m.Lists = append(m.Lists, ui.Choice{Value: m.List, Name: m.List})
	}
	if !ui.Offers(m.Outcomes, m.Outcome) {
		m.Outcomes = append(m.Outcomes, ui.Choice{Value: m.Outcome, Name: m.Outcome})
	}
}

// named is an outcome in words, with its code; "": the call has none.
func named(words report.Words, s dialer.Status) string {
	if o, ok := words.Outcomes[s]; ok {
		return o.Name + " (" + string(s) + ")"
	}
	return string(s)
}

func (h *Handler) rowOf(words report.Words, f facts.Recording) row {
	r := row{
		Href: "/recordings/" + f.Call.String(), When: f.StartedAt.In(h.Zone).Format("2 Jan 15:04:05"), Length: length(f.LengthMS),
		Campaign: f.CampaignName, Agent: f.Agent, Customer: f.Customer, Number: ui.Phone(f.E164), Outcome: words.Outcomes[f.Status].Name, Status: string(f.Status),
	}
	switch f.State {
	case "WRITING":
		r.State, r.Class, r.Length = "Being written", "watch", ""
	case "SHORT":
		r.State, r.Class, r.Length = "Too short to be recorded", "paused", ""
	case "LOST":
		r.State, r.Class, r.Length = "Lost", "bad", ""
	case "DELETED":
		r.State, r.Class = "Deleted, its time being over", "paused"
	}
	return r
}

func length(ms int64) string { return fmt.Sprintf("%d:%02d", ms/60000, ms/1000%60) }

var (
	nameForm = regexp.MustCompile(`^[A-Za-z0-9_.-]{0,20}$`)
	// Longer than any that can be made: one that nothing has finds nothing.
	outcomeForm = regexp.MustCompile(`^[A-Z0-9_]{0,20}$`)
	notDigits   = regexp.MustCompile(`[\s().+-]`)
	digits      = regexp.MustCompile(`^[0-9]{7,15}$`)
)

// filter reads what is asked for; its error is a sentence.
func (h *Handler) filter(q *facts.RecordingQuery, m listModel, before string) error {
	if !ui.Offers(m.Campaigns, m.Campaign) {
		return dialer.Explain(nil, "Choose one of your campaigns.")
	}
	if !nameForm.MatchString(m.Username) {
		return dialer.Explain(nil, "Enter the agent's user name, such as nadia.")
	}
	if m.Number != "" {
		n := notDigits.ReplaceAllString(m.Number, "")
		if !digits.MatchString(n) {
			return dialer.Explain(nil, "Enter the whole number, such as 614 555 0142.")
		}
		if len(n) == 10 {
			n = "1" + n
		}
		q.E164 = "+" + n
	}
	if m.List != "" {
		n, err := strconv.ParseInt(m.List, 10, 64)
		if err != nil || n < 1 {
			return dialer.Explain(nil, "Enter the list's number, such as 1001. The page Lists has it.")
		}
		q.List = dialer.ListID(n)
	}
	if !outcomeForm.MatchString(m.Outcome) {
		return dialer.Explain(nil, "Enter an outcome's short name, such as SALE. The page Statuses has them.")
	}
	q.Status = dialer.Status(m.Outcome)
	if err := form.Days(m.From, m.To, h.Zone, &q.From, &q.To); err != nil {
		return err
	}
	if before != "" {
		part := strings.SplitN(before, ".", 3)
		if len(part) != 3 || len(part[2]) > 128 {
			return errAddress
		}
		at, err := strconv.ParseInt(part[0], 10, 64)
		call, err2 := strconv.ParseInt(part[1], 10, 64)
		if err != nil || err2 != nil || at < 0 || at > 1<<47 {
			return errAddress
		}
		q.BeforeAt, q.BeforeCall, q.BeforeFile = time.UnixMilli(at).UTC(), dialer.CallID(call), part[2]
	}
	return nil
}

var errAddress = dialer.Explain(nil, "This page's address is broken. Start again from the newest.")

type showModel struct {
	Frame  ui.Frame
	Title  string
	Facts  [][2]string
	Tracks []track
}

type track struct {
	Name, Audio, Wave string
	Says              string // why it cannot be heard
}

// Show serves GET /recordings/{id}, id being the call's.
func (h *Handler) Show(w http.ResponseWriter, r *http.Request) error {
	all, err := h.ofCall(r)
	if err != nil {
		return err
	}
	words, err := h.Words(r.Context())
	if err != nil {
		return err
	}
	one := all[0]
	title := one.Customer
	if title == "" {
		title = ui.Phone(one.E164)
	}
	m := showModel{Frame: ui.AdminFrame(r, title, "recordings"), Title: title, Facts: [][2]string{
		{"When", one.StartedAt.In(h.Zone).Format("Monday, 2 January 2006, 15:04:05 UTC-07:00")}, {"Number", ui.Phone(one.E164)}, {"Campaign", one.CampaignName},
		{"Agent", one.Agent}, {"Outcome", named(words, one.Status)}, {"Call", one.Call.String()},
	}}
	for i, f := range all {
		t := track{Name: "Recording", Audio: fmt.Sprintf("/recordings/%s/%d", f.Call, i+1)}
		if len(all) > 1 {
			t.Name = fmt.Sprintf("Part %d of %d", i+1, len(all))
		}
		t.Wave, err = h.picture(f)
		var problem *dialer.Problem
		switch {
		case errors.As(err, &problem):
			t.Says = problem.Sentence
		case err != nil && !errors.Is(err, errNoWave):
			return err
		}
		m.Tracks = append(m.Tracks, t)
	}
	return ui.Render(w, r, http.StatusOK, showPage(m))
}

// ofCall are the recordings of the call of the address, if the user may hear
// them.
func (h *Handler) ofCall(r *http.Request) ([]facts.Recording, error) {
	missing := dialer.Explain(dialer.ErrNotFound, "There is no recording of this call.")
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return nil, missing
	}
	all, err := h.Store.OfCall(r.Context(), dialer.CallID(id))
	if err != nil {
		return nil, err
	}
	user := signin.User(r.Context())
	all = slices.DeleteFunc(all, func(f facts.Recording) bool { return !user.May(dialer.RightHear, f.Campaign) })
	if len(all) == 0 {
		return nil, missing
	}
	return all, nil
}

// open opens a recording's file, which never leads out of the folder.
func (h *Handler) open(f facts.Recording) (*os.File, error) {
	switch f.State {
	case "SHORT":
		return nil, dialer.Explain(dialer.ErrNotFound, "The call was too short to be recorded: somebody hung up within a second, as the recorder began. Nothing was lost.")
	case "LOST":
		return nil, dialer.Explain(dialer.ErrNotFound, "The file was lost before it was complete; the server's log says when.")
	case "DELETED":
		return nil, dialer.Explain(dialer.ErrNotFound, "The file was deleted when its time was over; the audit log says when.")
	}
	if h.Dir == "" {
		return nil, dialer.Explain(dialer.ErrNotFound, "The file is on "+f.Server+", which this web server cannot read. Set asterisk.recordings_dir here to where it is mounted.")
	}
	root, err := os.OpenRoot(h.Dir)
	if err != nil {
		return nil, dialer.Explain(dialer.ErrUnavailable, "The folder of recordings cannot be read here. See asterisk.recordings_dir.")
	}
	defer root.Close() //nolint:errcheck // opened to read
	file, err := root.Open(f.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, dialer.Explain(dialer.ErrNotFound, "The file is not here: it is on "+f.Server+", or has been moved away.")
	}
	if err != nil {
		return nil, dialer.Explain(dialer.ErrUnavailable, "The file of this recording cannot be read.")
	}
	return file, nil
}

func (h *Handler) picture(f facts.Recording) (string, error) {
	file, err := h.open(f)
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	return wave(file, info.Size())
}

// sendIn is how long a file may take on its way.
const sendIn = 30 * time.Minute

// Audio serves GET /recordings/{id}/{n}: the n-th recording of the call. The
// listening is written down before a sound is sent.
func (h *Handler) Audio(w http.ResponseWriter, r *http.Request) error {
	all, err := h.ofCall(r)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 1 || n > len(all) {
		return dialer.ErrNotFound
	}
	f := all[n-1]
	file, err := h.open(f)
	if err != nil {
		return err
	}
	defer file.Close()
	// A browser asks for the file in pieces: its first is a listening, and so is any
	// other by whoever has not asked for that.
	part := r.Header.Get("Range")
	goesOn := part != "" && !strings.HasPrefix(part, "bytes=0-")
	if err := h.Store.Heard(r.Context(), signin.By(r, h.Now()), f, goesOn); err != nil {
		return err
	}
	// A long call over a slow line takes longer than a page may.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(sendIn))
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Cache-Control", "no-store")
	http.ServeContent(w, r, "", f.StartedAt, file)
	return nil
}

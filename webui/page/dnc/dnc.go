// Package dnc is the pages of the do-not-call lists: the system's and the
// campaigns', what stands on them, and the log of what was put on and taken off.
package dnc

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// Store keeps the lists.
type Store interface {
	List(ctx context.Context, campaign dialer.CampaignID, after, beginning string, limit int) ([]dialer.DNCEntry, error)
	// Of are the entries that block a number, and its lines in the log.
	Of(ctx context.Context, e164 string) ([]dialer.DNCEntry, []facts.DNCLogLine, error)
	Log(ctx context.Context, before int64, limit int) ([]facts.DNCLogLine, error)
	// Add puts entries of one list on it and says how many were new.
	Add(ctx context.Context, entries []dialer.DNCEntry) (int, error)
	Remove(ctx context.Context, e dialer.DNCEntry) error
}

// Registers are the do-not-call registers of countries, with which lists are
// compared.
type Registers interface {
	// Registers are those that the calling rules name, each with its last comparison.
	Registers(ctx context.Context) ([]facts.Register, error)
	// Scrubbed notes a comparison; what cannot be is a *dialer.Problem.
	Scrubbed(ctx context.Context, s facts.Scrub) error
}

// Config is what the pages need.
type Config struct {
	Registers Registers
	Store     Store
	Campaigns func(context.Context) ([]facts.CampaignChoice, error)
	// Number makes what was typed E.164; its error is a *dialer.Problem.
	Number func(typed string) (string, error)
	// Entry makes what was typed an entry of a list: a number of E.164, of a country
	// if it does not say its own, or a wildcard. KnownCountry tells whether numbers of
	// a country (ISO 3166) can be told.
	Entry        func(typed, country string) (string, error)
	KnownCountry func(country string) bool
	// Guarded keeps a spreadsheet from taking a value for a formula.
	Guarded func([]string) []string
	Now     func() time.Time // the database's clock
	Zone    *time.Location
}

// Handler serves the pages.
type Handler struct{ Config }

// New makes the pages.
func New(c Config) *Handler { return &Handler{c} }

const pageOf = 100

// List serves GET /dnc: the system's list or that of `campaign`, by number, from
// `q` on.
func (h *Handler) List(w http.ResponseWriter, r *http.Request) error {
	return h.list(w, r, http.StatusOK, form.Of(nil))
}

func (h *Handler) list(w http.ResponseWriter, r *http.Request, status int, f *form.Form) error {
	campaign := dialer.CampaignID(r.FormValue("campaign"))
	if err := may(r, campaign); err != nil {
		return err
	}
	campaigns, err := h.Campaigns(r.Context())
	if err != nil {
		return err
	}
	m := model{Frame: ui.AdminFrame(r, "Do not call", "dnc"), Form: f, Query: strings.TrimSpace(r.URL.Query().Get("q")), Campaign: string(campaign), Whose: "the system's list"}
	registers, err := h.Registers.Registers(r.Context())
	if err != nil {
		return err
	}
	m.registers(registers, h.Now(), h.Zone)
	m.Campaigns = []ui.Choice{{Value: "", Name: "Every campaign (the system's list)"}}
	for _, c := range campaigns {
		if !signin.User(r.Context()).May(dialer.RightLeads, c.ID) {
			continue
		}
		m.Campaigns = append(m.Campaigns, ui.Choice{Value: string(c.ID), Name: c.Name})
		if c.ID == campaign {
			m.Whose = "the list of " + c.Name
		}
	}
	if m.Query != "" {
		if e164, err := h.Number(m.Query); err == nil {
			entries, log, err := h.Store.Of(r.Context(), e164)
			if err != nil {
				return err
			}
			m.Number = e164
			for _, e := range entries {
				m.Rows = append(m.Rows, newRow(e, h.Zone))
			}
			m.Log = lines(log, h.Zone)
			return ui.Render(w, r, status, page(m))
		}
	}
	after := r.URL.Query().Get("after")
	beginning := keep.ReplaceAllString(m.Query, "")
	if beginning != "" && beginning[0] != '+' {
		beginning = "+1" + beginning
	}
	entries, err := h.Store.List(r.Context(), campaign, after, beginning, pageOf)
	if err != nil {
		return err
	}
	for _, e := range entries {
		m.Rows = append(m.Rows, newRow(e, h.Zone))
	}
	if len(entries) == pageOf {
		q := url.Values{"campaign": {m.Campaign}, "q": {m.Query}, "after": {entries[len(entries)-1].E164}}
		m.More = "/dnc?" + q.Encode()
	}
	return ui.Render(w, r, status, page(m))
}

var keep = regexp.MustCompile(`[^0-9+*]`)

// may: a campaign's list is for those who may see to its leads, the system's for
// those who see to all.
func may(r *http.Request, campaign dialer.CampaignID) error {
	if !signin.User(r.Context()).May(dialer.RightLeads, campaign) {
		return dialer.ErrForbidden
	}
	return nil
}

// ours is the country of numbers that do not say theirs, where nobody says
// another.
const ours = "US"

// Add serves POST /dnc: one number or wildcard.
func (h *Handler) Add(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	campaign := dialer.CampaignID(f.Value("campaign"))
	if err := may(r, campaign); err != nil {
		return err
	}
	if err := h.known(r.Context(), campaign, f); err != nil {
		return err
	}
	number := f.Needed("number", 40, "Enter a number, or an area code such as 999*.")
	note := f.Line("note", 120)
	e164 := ""
	if f.OK() {
		if e164, err = h.Entry(number, ours); err != nil {
			f.Fail("number", err.Error())
		}
	}
	if !f.OK() {
		return h.list(w, r, http.StatusUnprocessableEntity, f)
	}
	n, err := h.Store.Add(r.Context(), []dialer.DNCEntry{{CampaignID: campaign, E164: e164, Source: "admin", UserID: signin.User(r.Context()).ID, Note: note, AddedAt: h.Now()}})
	if err != nil {
		return err
	}
	says := e164 + " is not called any more. What waits of it in the hopper is taken out within seconds."
	if n == 0 {
		says = e164 + " stands on the list already."
	}
	return ui.Done(w, r, "/dnc?campaign="+url.QueryEscape(string(campaign)), says)
}

func (h *Handler) known(ctx context.Context, campaign dialer.CampaignID, f *form.Form) error {
	campaigns, err := h.Campaigns(ctx)
	if campaign != "" && !slices.ContainsFunc(campaigns, func(c facts.CampaignChoice) bool { return c.ID == campaign }) {
		f.Fail("campaign", "Choose one of the campaigns.")
	}
	return err
}

// Remove serves POST /dnc/remove: an entry comes off its list; who did it stands
// in the log.
func (h *Handler) Remove(w http.ResponseWriter, r *http.Request) error {
	campaign, e164 := dialer.CampaignID(r.PostFormValue("campaign")), r.PostFormValue("number")
	if err := may(r, campaign); err != nil {
		return err
	}
	err := h.Store.Remove(r.Context(), dialer.DNCEntry{CampaignID: campaign, E164: e164, Source: "admin", UserID: signin.User(r.Context()).ID, AddedAt: h.Now()})
	if errors.Is(err, dialer.ErrNotFound) {
		err = dialer.Explain(dialer.ErrNotFound, e164+" does not stand on the list any more.")
	}
	if err != nil {
		return err
	}
	return ui.Done(w, r, "/dnc?campaign="+url.QueryEscape(string(campaign)), e164+" may be called again. A lead whose status is Do not call keeps that: change it on its page if it is to be dialed. The log says who took the number off.")
}

// AskRemove serves GET /dnc/remove.
func (h *Handler) AskRemove(w http.ResponseWriter, r *http.Request) error {
	c := removal(r.FormValue("campaign"), r.FormValue("number"))
	return ui.Render(w, r, http.StatusOK, ui.ConfirmPage(ui.AdminFrame(r, c.Title, "dnc"), c))
}

func removal(campaign, number string) ui.Confirm {
	return ui.Confirm{
		ID: "remove", Open: "Take off", Title: "Call " + number + " again?", Do: "Take it off the list", Keep: "Leave it",
		Says:   "Somebody asked not to be called there. Take it off only when they asked for that too, or when it was put on by mistake; the log keeps both.",
		Action: "/dnc/remove", Back: "/dnc?campaign=" + url.QueryEscape(campaign), Hidden: map[string]string{"campaign": campaign, "number": number},
	}
}

// most bounds an imported file's line, and wrongMost how many bad ones are named.
const (
	most      = 4096
	wrongMost = 10
)

// Import serves POST /dnc/import: a text file of a number a line, or a table whose
// first column is the number; `country` is of numbers that do not say theirs.
func (h *Handler) Import(w http.ResponseWriter, r *http.Request) error {
	err := h.imported(w, r)
	var why *dialer.Problem
	if errors.As(err, &why) && errors.Is(err, dialer.ErrInvalid) {
		f := form.Of(nil)
		f.Notice = why.Sentence
		return h.list(w, r, http.StatusUnprocessableEntity, f)
	}
	return err
}

func (h *Handler) imported(w http.ResponseWriter, r *http.Request) error {
	reader, err := r.MultipartReader()
	if err != nil {
		return dialer.Explain(dialer.ErrInvalid, "The file did not arrive. Choose it again.")
	}
	fields := map[string]string{}
	for {
		part, err := reader.NextPart()
		if err == io.EOF {
			return dialer.Explain(dialer.ErrInvalid, "Choose a file of numbers first.")
		}
		if err != nil {
			return form.Broken(err)
		}
		switch name := part.FormName(); name {
		case "campaign", "register", "country":
			text, err := io.ReadAll(io.LimitReader(part, 100))
			if err != nil {
				return form.Broken(err)
			}
			fields[name] = strings.TrimSpace(string(text))
		case "file":
			if part.FileName() == "" {
				return dialer.Explain(dialer.ErrInvalid, "Choose a file of numbers first.")
			}
			return h.take(w, r, dialer.CampaignID(fields["campaign"]), fields["register"], fields["country"], part)
		}
	}
}

func (h *Handler) take(w http.ResponseWriter, r *http.Request, campaign dialer.CampaignID, register, country string, file io.Reader) error {
	if err := may(r, campaign); err != nil {
		return err
	}
	f := form.Of(nil)
	if err := h.known(r.Context(), campaign, f); err != nil {
		return err
	}
	if !f.OK() {
		return dialer.Explain(dialer.ErrInvalid, "There is no such campaign. Choose one of those offered.")
	}
	country, err := h.countryOf(r.Context(), country, register)
	if err != nil {
		return err
	}
	by, now := signin.User(r.Context()).ID, h.Now()
	in := bufio.NewReader(file)
	if beginning, _ := in.Peek(512); bytes.IndexByte(beginning, 0) >= 0 { // what fails shows in the reading
		return dialer.Explain(dialer.ErrInvalid, "The file is not text: it is to hold a number a line. Save a table as CSV first, with the numbers in its first column.")
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, most), most)
	var batch []dialer.DNCEntry
	var wrong []string
	rows, added, bad := 0, 0, 0
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		n, err := h.Store.Add(r.Context(), batch)
		added, batch = added+n, batch[:0]
		return err
	}
	for lines.Scan() {
		text := strings.TrimPrefix(lines.Text(), "\ufeff")
		if i := strings.IndexAny(text, ",;\t|"); i >= 0 {
			text = text[:i]
		}
		text = strings.Trim(strings.TrimSpace(text), "\"'")
		if text == "" {
			continue
		}
		rows++
		if strings.IndexByte(text, 0) >= 0 {
			return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("The file is not text: it is to hold a number a line. %d of its numbers were new.", added))
		}
		e164, err := h.Entry(text, country)
		if err != nil {
			if rows == 1 && strings.ContainsAny(strings.ToLower(text), "abcdefghijklmnopqrstuvwyz_") {
				rows-- // a heading
				continue
			}
			if bad++; bad <= wrongMost {
				wrong = append(wrong, fmt.Sprintf("“%s”", text[:min(len(text), 30)]))
			}
			continue
		}
		batch = append(batch, dialer.DNCEntry{CampaignID: campaign, E164: e164, Source: "import", UserID: by, AddedAt: now})
		if len(batch) == 1000 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	if err := lines.Err(); err != nil {
		return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("The file could not be read to its end, after row %d: a line is too long, or it broke off. %d of its numbers were new. Send it again; what is there stays.", rows, added))
	}
	if register != "" && bad > rows-bad {
		return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("%s of the file's %s numbers cannot be read as numbers of %s, such as %s. So the comparison with %s was not noted; %s numbers were new and stay. Choose the country that they are of, and send the file again.",
			ui.Count(bad), ui.Count(rows), country, wrong[0], register, ui.Count(added)))
	}
	if register != "" {
		// A file without numbers says as much: nobody on the lists is registered.
		err := h.Registers.Scrubbed(r.Context(), facts.Scrub{Register: register, At: now, Numbers: rows - bad, User: by, Note: "imported", NotedAt: now})
		if err != nil {
			return err
		}
	} else if rows == 0 {
		return dialer.Explain(dialer.ErrInvalid, "The file is empty. It is to hold a number a line.")
	}
	says := fmt.Sprintf("%s numbers read: %s new, %s there already", ui.Count(rows), ui.Count(added), ui.Count(rows-added-bad))
	if bad > 0 {
		says += fmt.Sprintf(", %s are no phone numbers: %s", ui.Count(bad), strings.Join(wrong, ", "))
	}
	return ui.Done(w, r, "/dnc?campaign="+url.QueryEscape(string(campaign)), says+".")
}

// countryOf is the country of a file's numbers that do not say theirs: the one that
// somebody chose, else the register's.
func (h *Handler) countryOf(ctx context.Context, chosen, register string) (string, error) {
	if chosen != "" {
		if chosen = strings.ToUpper(chosen); !h.KnownCountry(chosen) {
			return "", dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("%q is not the code of a country that numbers are known of. Enter two letters, such as US or GB.", chosen))
		}
		return chosen, nil
	}
	registers, err := h.Registers.Registers(ctx)
	for _, r := range registers {
		if r.Name == register && r.Country != "" {
			return r.Country, err
		}
	}
	return ours, err
}

// Scrub serves POST /dnc/scrub: lists were compared with a register elsewhere.
func (h *Handler) Scrub(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	now := h.Now()
	day, err := time.ParseInLocation(time.DateOnly, f.Needed("day", 10, "Enter the day of the register's data, such as 2026-12-31."), h.Zone)
	if err != nil && f.OK() {
		f.Fail("day", "Enter the day of the register's data, such as 2026-12-31.")
	}
	s := facts.Scrub{Register: f.Line("register", 20), At: day.UTC(), Numbers: f.Int("numbers", 0, 1<<31-1, "numbers"), Note: f.Line("scrub_note", 120), User: signin.User(r.Context()).ID, NotedAt: now}
	var why *dialer.Problem
	if f.OK() {
		if err = h.Registers.Scrubbed(r.Context(), s); errors.As(err, &why) {
			f.Notice, err = why.Sentence, nil
		}
		if err != nil {
			return err
		}
	}
	if !f.OK() || f.Notice != "" {
		return h.list(w, r, http.StatusUnprocessableEntity, f)
	}
	return ui.Done(w, r, "/dnc#registers", "Noted: compared with "+s.Register+" of "+day.Format("2 January 2006")+".")
}

// Export serves GET /dnc/export.csv, of the system's list or that of `campaign`.
func (h *Handler) Export(w http.ResponseWriter, r *http.Request) error {
	campaign := dialer.CampaignID(r.FormValue("campaign"))
	if err := may(r, campaign); err != nil {
		return err
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(30 * time.Minute)) // unsupported by tests' writers only
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="do-not-call.csv"`)
	out := csv.NewWriter(w)
	if err := out.Write([]string{"number", "source", "added_at", "note"}); err != nil {
		return err
	}
	for after := ""; ; {
		entries, err := h.Store.List(r.Context(), campaign, after, "", 2000)
		if err != nil {
			return err
		}
		for _, e := range entries {
			after = e.E164
			if err := out.Write(h.Guarded([]string{e.E164, e.Source, e.AddedAt.UTC().Format(time.DateTime), e.Note})); err != nil {
				return err
			}
		}
		out.Flush()
		if err := out.Error(); err != nil || len(entries) < 2000 {
			return err
		}
	}
}

// Log serves GET /dnc/log.
func (h *Handler) Log(w http.ResponseWriter, r *http.Request) error {
	if err := may(r, ""); err != nil {
		return err
	}
	before, _ := strconv.ParseInt(r.FormValue("before"), 10, 64)
	log, err := h.Store.Log(r.Context(), before, pageOf)
	if err != nil {
		return err
	}
	m := model{Frame: ui.AdminFrame(r, "Do-not-call log", "dnc"), Log: lines(log, h.Zone)}
	if len(log) == pageOf {
		m.More = "/dnc/log?before=" + strconv.FormatInt(log[len(log)-1].ID, 10)
	}
	return ui.Render(w, r, http.StatusOK, logPage(m))
}

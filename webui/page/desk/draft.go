package desk

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/signin"
)

// Drafts keep what agents have typed and not saved, so that it is there when the
// desk is opened on another computer, or again after a browser was lost. They are
// written while somebody types, and read when a customer comes to a desk.
type Drafts interface {
	// Draft is what was typed of a call, or nil.
	Draft(ctx context.Context, call dialer.CallID) (*facts.Draft, error)
	// KeepDraft keeps it while the user has that call, and the page the desk; or had it
	// until just now, if nothing was written since that the page has not read: was is
	// the version that it knows.
	KeepDraft(ctx context.Context, user dialer.UserID, page, was int64, d facts.Draft, now time.Time) (kept bool, err error)
	// DropDraft forgets it: it was saved.
	DropDraft(ctx context.Context, call dialer.CallID) error
}

// draft is a facts.Draft as the page has it. Ids are strings.
type draft struct {
	Call    string `json:"call"`
	Version string `json:"version"`
	Status  string `json:"status"`
	Note    string `json:"note"`
	At      string `json:"at"`
	Mine    bool   `json:"mine"`
	// Fields of the customer that are typed in and not saved; null: none.
	Fields json.RawMessage `json:"fields"`
}

// draftRunes is how much of a note is kept though it is too long to be saved: it
// is to be shortened, on whatever computer.
const draftRunes = 4000

// fieldsRunes is how much of typed fields is kept, with their names.
const fieldsRunes = 8000

// Draft serves POST /desk/draft (form `call`, `page`, `status`, `note`, `at`,
// `mine`, `fields`, and `was`, the version that it is typed on) and answers with the
// version that it has got; with none, if the call is over or the desk is elsewhere by
// now. That is no error: what an agent types is sent behind their back, and may meet
// the outcome that they save.
func (h *Handler) Draft(w http.ResponseWriter, r *http.Request) error {
	call, err := strconv.ParseInt(r.PostFormValue("call"), 10, 64)
	if err != nil || call <= 0 {
		return dialer.Explain(nil, "There is no call on the line.")
	}
	page, _ := strconv.ParseInt(r.PostFormValue("page"), 10, 64)
	d := facts.Draft{
		Call: dialer.CallID(call), Version: h.NextID(), Status: r.PostFormValue("status"), Note: r.PostFormValue("note"),
		CallbackAt: r.PostFormValue("at"), CallbackMine: r.PostFormValue("mine") != "", Fields: r.PostFormValue("fields"),
	}
	if err := sound(d); err != nil {
		return err
	}
	was, _ := strconv.ParseInt(r.PostFormValue("was"), 10, 64)
	kept, err := h.Drafts.KeepDraft(r.Context(), signin.User(r.Context()).ID, page, was, d, h.Now())
	if err != nil {
		return err
	}
	var got struct {
		Version string `json:"version"`
	}
	if kept {
		got.Version = id(d.Version)
	}
	return writeJSON(w, got)
}

// sound refuses what no page of ours sends.
func sound(d facts.Draft) error {
	_, err := time.Parse("2006-01-02T15:04", d.CallbackAt)
	switch {
	case len(d.Status) > 6 || !utf8.ValidString(d.Status):
		return dialer.Explain(nil, "Choose an outcome from the list.")
	case err != nil && d.CallbackAt != "":
		return dialer.Explain(nil, "Choose the day and the time of the callback.")
	case d.Fields != "" && (!json.Valid([]byte(d.Fields)) || !utf8.ValidString(d.Fields) || utf8.RuneCountInString(d.Fields) > fieldsRunes):
		return dialer.Explain(nil, "That is more than is kept of fields that are not saved. Leave the field, so that it is saved.")
	case !utf8.ValidString(d.Note) || utf8.RuneCountInString(d.Note) > draftRunes:
		return dialer.Explain(nil, "The note is far longer than 255 characters. Shorten it: so long a one is kept in this browser only.")
	}
	return nil
}

// draft is what was typed of the call on the desk, or nil.
func (h *Handler) draft(ctx context.Context, call dialer.CallID) (*draft, error) {
	if call == 0 {
		return nil, nil
	}
	d, err := h.Drafts.Draft(ctx, call)
	if err != nil || d == nil {
		return nil, err
	}
	known := &draft{id(d.Call), id(d.Version), d.Status, d.Note, d.CallbackAt, d.CallbackMine, nil}
	if d.Fields != "" {
		known.Fields = json.RawMessage(d.Fields)
	}
	return known, nil
}

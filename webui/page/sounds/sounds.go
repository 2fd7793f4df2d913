// Package sounds is the pages of the sounds that campaigns play to callers: sent
// as files, heard in the browser, and brought to every telephony server.
package sounds

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/a-h/templ"

	"trunkline/dialer"
	"trunkline/dialer/sound"
	"trunkline/webui/catalog"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// Store keeps the sounds.
type Store interface {
	catalog.Store[facts.Sound]
	// WAV is the file of one, or ErrNotFound.
	WAV(ctx context.Context, id string) ([]byte, error)
}

// Config is what the pages need.
type Config struct {
	Store Store
	Now   func() time.Time // the database's clock
	Zone  *time.Location
}

// Handler serves the pages.
type Handler struct {
	*catalog.Pages[facts.Sound]
	store Store
	now   func() time.Time
	turn  chan struct{} // one file at a time is converted: each takes up to 100 MB for a second
}

// New makes the pages.
func New(c Config) *Handler {
	return &Handler{
		store: c.Store, now: c.Now, turn: make(chan struct{}, 1),
		Pages: catalog.New(catalog.Kind[facts.Sound]{
			Path: "/sounds", Section: "sounds", Name: "Sounds", One: "sound", A: "a sound",
			Says:  "What campaigns play: safe-harbour messages, messages for machines, recording announcements, music on hold. Each is on every telephony server within 10 seconds.",
			Empty: "Send a WAV or MP3 file, then choose it in a campaign's settings.",
			Key:   func(s facts.Sound) string { return s.ID },
			Title: func(s facts.Sound) string { return s.Name },
			Columns: []catalog.Column[facts.Sound]{
				{Name: "Name", Cell: func(s facts.Sound) catalog.Cell {
					return catalog.Cell{Text: s.Name, Code: dialer.SoundPrefix + s.ID}
				}},
				{Name: "Length", Number: true, Cell: func(s facts.Sound) catalog.Cell { return catalog.Cell{Text: ui.Length(s.LengthMS)} }},
				{Name: "Played by", Cell: func(s facts.Sound) catalog.Cell {
					if s.UsedBy == "" {
						return catalog.Cell{Text: "nothing yet"}
					}
					return catalog.Cell{Text: s.UsedBy}
				}},
			},
			Fields: func(context.Context, bool) ([]ui.Field, error) {
				return []ui.Field{{Name: "name", Label: "Name", Help: "How it is called where sounds are chosen. Campaigns that play it go on doing so.", Needed: true}}, nil
			},
			Named: "name",
			Parse: func(f *form.Form, was facts.Sound, _ bool) facts.Sound {
				was.Name = f.Needed("name", 80, needsName)
				return was
			},
			Deletes: func(facts.Sound) string {
				return "It is taken from every telephony server. A sound that a campaign plays is not deleted."
			},
			Beside: func(_ context.Context, s facts.Sound) (templ.Component, error) { return player(s), nil },
		}, c.Store, c.Now, c.Zone),
	}
}

const needsName = "Enter a name, such as Safe harbour, English."

// New serves GET /sounds/new.
func (h *Handler) New(w http.ResponseWriter, r *http.Request) error {
	return h.ask(w, r, http.StatusOK, form.Of(nil))
}

// The file is sent last: whatever is wrong with it, the rest has arrived.
var questions = []ui.Field{
	{Name: "name", Label: "Name", Help: "How it is called where sounds are chosen. Empty: the file's name.", Hint: "Safe harbour, English"},
	{Name: "id", Label: "Short name", Help: "Its file's name on the telephony servers; it never changes. Empty: made from the name.", Mono: true, Hint: "safe-harbour-en"},
	{Name: "file", Label: "File", Kind: ui.File, Help: "WAV or MP3, at most three minutes and 40 MB. Calls hear one channel with 8,000 samples a second; whatever the file has is brought to that.", Needed: true},
}

func (h *Handler) ask(w http.ResponseWriter, r *http.Request, status int, f *form.Form) error {
	return ui.Render(w, r, status, newPage(newModel{Frame: ui.AdminFrame(r, "New sound", "sounds"), Form: f}))
}

var (
	idForm  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,31}$`)
	betwixt = regexp.MustCompile(`[^a-z0-9]+`)
)

// idOf makes a short name of a name; "" if nothing of it can be used.
func idOf(name string) string {
	id := strings.Trim(betwixt.ReplaceAllString(strings.ToLower(name), "-"), "-")
	return strings.Trim(id[:min(len(id), 32)], "-")
}

// Create serves POST /sounds: a file with its name and short name.
func (h *Handler) Create(w http.ResponseWriter, r *http.Request) error {
	f, file, fileName, err := read(r)
	if err != nil {
		return err
	}
	base := strings.TrimSuffix(fileName, path.Ext(fileName))
	if strings.TrimSpace(f.Value("name")) == "" && f.OK() {
		f.Set("name", base)
	}
	s := facts.Sound{Name: f.Needed("name", 80, needsName)}
	if strings.TrimSpace(f.Value("id")) == "" {
		f.Set("id", idOf(s.Name))
	}
	s.ID = f.Match("id", idForm, "Enter up to 32 letters, digits and dashes, such as safe-harbour-en.")
	if fileName == "" {
		f.Fail("file", "Choose a WAV or MP3 file.")
	} else {
		one, err := h.convert(r.Context(), file)
		var wrong sound.Wrong
		switch {
		case errors.As(err, &wrong):
			f.Fail("file", wrong.Error())
		case err != nil:
			return err
		}
		sum := sha256.Sum256(one.WAV)
		s.WAV, s.LengthMS, s.SHA256 = one.WAV, one.Length.Milliseconds(), hex.EncodeToString(sum[:])
	}
	if !f.OK() {
		return h.ask(w, r, http.StatusUnprocessableEntity, f)
	}
	key, err := h.store.Create(r.Context(), signin.By(r, h.now()), s)
	if errors.Is(err, dialer.ErrConflict) {
		f.Fail("id", "There is a sound with this short name. Choose another.")
		return h.ask(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	return ui.Done(w, r, "/sounds/"+key, "Sound "+s.Name+" sent. It is on every telephony server within 10 seconds.")
}

func (h *Handler) convert(ctx context.Context, file []byte) (sound.Sound, error) {
	select {
	case h.turn <- struct{}{}:
		defer func() { <-h.turn }()
		return sound.Convert(file)
	case <-ctx.Done():
		return sound.Sound{}, ctx.Err()
	}
}

// read takes what was sent apart. A file that is too large arrives cut, and is
// refused for it.
func read(r *http.Request) (f *form.Form, file []byte, fileName string, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, nil, "", dialer.Explain(dialer.ErrInvalid, "The file did not arrive. Choose it again.")
	}
	f = form.Of(nil)
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return f, file, fileName, nil
		}
		if err != nil {
			return nil, nil, "", form.Broken(err)
		}
		switch name := part.FormName(); name {
		case "name", "id":
			text, err := io.ReadAll(io.LimitReader(part, 4<<10))
			if err != nil {
				return nil, nil, "", form.Broken(err)
			}
			f.Set(name, string(text))
		case "file":
			fileName = part.FileName()
			file, err = io.ReadAll(io.LimitReader(part, sound.LargestFile+1))
			if err != nil {
				return nil, nil, "", form.Broken(err)
			}
			if len(file) > sound.LargestFile {
				// The rest is not worth the waiting.
				return f, file, fileName, nil
			}
		}
	}
}

// Audio serves GET /sounds/{id}/audio.
func (h *Handler) Audio(w http.ResponseWriter, r *http.Request) error {
	record, err := h.store.One(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	wav, err := h.store.WAV(r.Context(), record.Value.ID)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Cache-Control", "private, no-cache")
	w.Header().Set("ETag", `"`+record.Value.SHA256+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(wav))
	return nil
}

// Package api is the JSON API under /api/v1, for the programs that work beside
// Trunkline: a CRM that adds leads, a form that records a consent, a wallboard.
// openapi.json says what there is; a test holds it to the routes.
//
// A program bears a token, which an admin made (page/tokens). It asks by GET,
// which changes nothing, and POST, with one JSON object; what it sends is checked
// like what people type, and each wrong field is named with a sentence. A POST
// with an Idempotency-Key is done once, however often it is sent.
package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/signin"
)

// Prefix is where the API is.
const Prefix = "/api/v1"

// Leads keeps leads.
type Leads interface {
	Find(ctx context.Context, q facts.LeadQuery) ([]facts.LeadLine, error)
	One(ctx context.Context, key string) (audit.Record[facts.SetLead], error)
	Create(ctx context.Context, by audit.By, l facts.SetLead) (string, error)
	Save(ctx context.Context, key string, e audit.Edit[facts.SetLead]) error
	Facts(ctx context.Context, l facts.SetLead) (facts.LeadFacts, error)
	Statuses(ctx context.Context) ([]facts.StatusChoice, error)
	// CheckCustom gives custom fields as they are kept, and of those that cannot be a
	// sentence that says why.
	CheckCustom(ctx context.Context, list dialer.ListID, values map[string]string) (kept, wrong map[string]string, err error)
	SetCustom(ctx context.Context, by audit.By, l facts.SetLead, values map[string]string) error
}

// DNC keeps the do-not-call lists.
type DNC interface {
	Find(ctx context.Context, campaign dialer.CampaignID, e164s []string) (map[string]dialer.DNCScope, error)
	Of(ctx context.Context, e164 string) ([]dialer.DNCEntry, []facts.DNCLogLine, error)
	Add(ctx context.Context, entries []dialer.DNCEntry) (int, error)
	Remove(ctx context.Context, e dialer.DNCEntry) error
}

// Ledger keeps what people said about being called.
type Ledger interface {
	// Say appends to the ledger; what cannot be said is a *dialer.Problem.
	Say(ctx context.Context, s facts.Said) error
	// Said is all that was said of a number, the oldest first.
	Said(ctx context.Context, e164 string) ([]facts.Said, error)
}

// Campaigns reads, starts and stops campaigns.
type Campaigns interface {
	CampaignLines(ctx context.Context) ([]facts.CampaignLine, error)
	SetCampaignActive(ctx context.Context, c facts.CampaignChange, active bool) error
}

// Callbacks keeps the calls that were promised.
type Callbacks interface {
	Add(ctx context.Context, c dialer.Callback) (dialer.CallbackID, error)
	// OfLead are a lead's last ones, the newest first.
	OfLead(ctx context.Context, lead dialer.LeadID) ([]dialer.CallbackLine, error)
	One(ctx context.Context, id dialer.CallbackID) (dialer.Callback, error)
	// Cancel ends one that stands; a *dialer.Problem says that it has ended.
	Cancel(ctx context.Context, by audit.By, id dialer.CallbackID) error
}

// Once keeps what requests with an idempotency key were answered.
type Once interface {
	// Begin takes down that a request is being done. Where one with its key has
	// been before, it is given and fresh is false.
	Begin(ctx context.Context, token facts.TokenID, key string, request [32]byte, now time.Time) (was facts.Answered, fresh bool, err error)
	End(ctx context.Context, token facts.TokenID, key string, status int, body string) error
	Forget(ctx context.Context, token facts.TokenID, key string) error
}

// Config is what the API needs.
type Config struct {
	Leads     Leads
	DNC       DNC
	Ledger    Ledger
	Campaigns Campaigns
	Callbacks Callbacks
	Once      Once
	ListOf    func(ctx context.Context, id dialer.ListID) (facts.SetList, error)
	// Check judges a lead's fields together and completes them.
	Check func(l facts.SetLead, by audit.By) (is facts.SetLead, field string, err error)
	// Number makes what was sent E.164; its error is a *dialer.Problem.
	Number func(typed string) (string, error)
	// DNCEntry makes what was sent an entry of a do-not-call list, a number or a
	// wildcard.
	DNCEntry   func(typed, country string) (string, error)
	UserNamed  func(ctx context.Context, username string) (dialer.User, error)
	WhyNot     func(ctx context.Context, campaign dialer.CampaignID) (facts.WhyNot, error)
	Agents     func(ctx context.Context) ([]facts.WatchedAgent, error)
	Recordings func(ctx context.Context, q facts.RecordingQuery) ([]facts.Recording, error)
	// CallNext puts a lead into its campaign's hopper before others.
	CallNext func(ctx context.Context, campaign dialer.CampaignID, lead dialer.LeadID, priority int) (facts.HopperAdd, error)
	// Closed is why a campaign's lead may not be called at a time, or "".
	Closed func(ctx context.Context, campaign dialer.CampaignID, lead dialer.LeadID, at time.Time) (string, error)
	Now    func() time.Time // the database's clock
}

// Handler serves the API.
type Handler struct{ Config }

// New makes the API.
func New(c Config) *Handler { return &Handler{c} }

//go:embed openapi.json
var document []byte

// Document serves GET /api/v1/openapi.json.
func (h *Handler) Document(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "application/json")
	_, err := w.Write(document)
	return err
}

// Me serves GET /api/v1/me: what the token may.
func (h *Handler) Me(w http.ResponseWriter, r *http.Request) error {
	b := signin.BearerOf(r.Context())
	rights := []dialer.Right{}
	if b.User.Only != nil {
		rights = append(rights, b.User.Only.Rights...)
	}
	rights = slices.DeleteFunc(rights, func(right dialer.Right) bool { return right == dialer.RightSelf || !b.User.May(right, "") })
	return send(w, http.StatusOK, map[string]any{
		"token": b.Name, "user": b.User.Username, "rights": rights, "campaigns": strings.Fields(string(b.User.Reach())),
	})
}

func send(w http.ResponseWriter, status int, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, err = w.Write(append(text, '\n'))
	return err
}

// FieldError is what is wrong with one field of a request.
type FieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// WrongError is a request with fields that cannot be taken.
type WrongError struct{ Fields []FieldError }

func (e *WrongError) Error() string { return e.Fields[0].Message }

// Unwrap is the kind.
func (e *WrongError) Unwrap() error { return dialer.ErrInvalid }

// wrong is what is wrong with a form, or nil.
func wrong(f *form.Form) error {
	if f.OK() {
		return nil
	}
	var e WrongError
	for _, name := range f.Wrong() {
		e.Fields = append(e.Fields, FieldError{name, f.Error(name)})
	}
	return &e
}

// codes name what went wrong for programs.
var codes = map[int]string{
	http.StatusBadRequest: "bad_request", http.StatusUnauthorized: "unauthorized", http.StatusForbidden: "forbidden", http.StatusNotFound: "not_found", http.StatusConflict: "conflict",
	http.StatusUnprocessableEntity: "invalid", http.StatusTooManyRequests: "too_many_requests", http.StatusServiceUnavailable: "unavailable",
}

// Fail answers with an error: {"error": {"code", "message", "fields"}}.
func Fail(w http.ResponseWriter, status int, sentence string, err error) error {
	var soon *signin.SoonError
	if errors.As(err, &soon) {
		w.Header().Set("Retry-After", strconv.Itoa(soon.Seconds()))
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="Trunkline"`)
		sentence = "There is no token that works in this request. Send the header Authorization: Bearer tl_…, with a token from the page API tokens."
	}
	code := codes[status]
	if code == "" {
		code = "internal"
	}
	body := map[string]any{"code": code, "message": sentence}
	var wrong *WrongError
	if errors.As(err, &wrong) {
		body["message"], body["fields"] = wrong.Error(), wrong.Fields
	}
	return send(w, status, map[string]any{"error": body})
}

// badRequest is a request that cannot be read.
func badRequest(sentence string) error {
	return &WrongError{[]FieldError{{"", sentence}}}
}

// read reads the request's JSON object, whose fields may be those named, and puts
// their values into a form; an object among them becomes NAME.FIELD.
func read(r *http.Request, names ...string) (*form.Form, error) {
	f := form.Of(nil)
	d := json.NewDecoder(r.Body)
	d.UseNumber()
	var sent map[string]any
	err := d.Decode(&sent)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, badRequest(fmt.Sprintf("The request is larger than the %d kB that are taken.", large.Limit>>10))
	case err != nil:
		return nil, badRequest("The request's body is not one JSON object: " + short(err.Error()) + ".")
	case d.More():
		return nil, badRequest("The request's body goes on after its JSON object.")
	}
	for name, v := range sent {
		if !slices.Contains(names, name) {
			f.Fail(shown(name), "There is no such field here; there are: "+strings.Join(names, ", ")+".")
			continue
		}
		below, ok := v.(map[string]any)
		if !ok {
			put(f, name, v)
			continue
		}
		for n, v := range below {
			put(f, name+"."+n, v)
		}
	}
	return f, nil
}

// put puts one value into the form.
func put(f *form.Form, name string, v any) {
	switch v := v.(type) {
	case string:
		f.Set(name, v)
	case json.Number:
		f.Set(name, v.String())
	case bool:
		f.Set(name, form.BoolText(v))
	case nil:
		f.Set(name, "")
	default:
		f.Fail(shown(name), "Send a text, a number or true or false here.")
	}
}

// shown is a name out of a request as it may be said back.
func shown(name string) string {
	return short(strings.ToValidUTF8(name, "?"))
}

func short(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}

var keyForm = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,64}$`)

// brokenOff is after how long a request that has no answer yet is not being done
// any more.
const brokenOff = time.Minute

// Post is a handler of POST requests that does a request with an Idempotency-Key
// once: sent again, it is answered alike. One that failed did nothing, and its
// key may be used again.
func (h *Handler) Post(serve func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if t, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); t != "application/json" && r.ContentLength != 0 {
			return badRequest("Send the request's body as JSON, with the header Content-Type: application/json.")
		}
		key := r.Header.Get("Idempotency-Key")
		if key == "" {
			return serve(w, r)
		}
		if !keyForm.MatchString(key) {
			return badRequest("The Idempotency-Key is up to 64 letters, digits, dots, colons and dashes, such as a UUID.")
		}
		var body bytes.Buffer
		if _, err := body.ReadFrom(r.Body); err != nil {
			return badRequest("The request did not arrive whole.")
		}
		token := signin.TokenOf(r.Context())
		request := sha256.Sum256([]byte(r.URL.Path + "\n" + body.String()))
		was, fresh, err := h.Once.Begin(r.Context(), token, key, request, h.Now())
		if err != nil {
			return err
		}
		if !fresh {
			return again(w, was, request, h.Now())
		}
		r.Body = http.MaxBytesReader(w, readCloser{&body}, int64(body.Len())+1)
		kept := &recorder{ResponseWriter: w, status: http.StatusOK}
		if err := serve(kept, r); err != nil {
			// Who asked may have gone; the key is given free all the same.
			if forget := h.Once.Forget(context.WithoutCancel(r.Context()), token, key); forget != nil {
				return errors.Join(err, forget)
			}
			return err
		}
		return h.Once.End(context.WithoutCancel(r.Context()), token, key, kept.status, kept.body.String())
	}
}

// again answers a request that was sent before.
func again(w http.ResponseWriter, was facts.Answered, request [32]byte, now time.Time) error {
	switch {
	case !bytes.Equal(was.Request, request[:]):
		return badRequest("This Idempotency-Key was used for another request. Use a new key for each.")
	case was.Status == 0 && now.Sub(was.At) < brokenOff:
		return dialer.Explain(dialer.ErrConflict, "The same request is being done just now. Send it again in a moment.")
	case was.Status == 0:
		return dialer.Explain(dialer.ErrConflict, "The same request was broken off before; nobody knows whether it was done. Look, then send it with a new key if it was not.")
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Idempotency-Replayed", "true")
	w.WriteHeader(was.Status)
	_, err := w.Write([]byte(was.Body))
	return err
}

type readCloser struct{ *bytes.Buffer }

func (readCloser) Close() error { return nil }

// recorder keeps what is answered.
type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (k *recorder) WriteHeader(status int) {
	k.status = status
	k.ResponseWriter.WriteHeader(status)
}

func (k *recorder) Write(b []byte) (int, error) {
	k.body.Write(b)
	return k.ResponseWriter.Write(b)
}

// Package account is everybody's page about themselves: the password, the second
// step of signing in, and where they are signed in.
package account

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"image/png"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pquerna/otp"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// Store keeps what an account hides.
type Store interface {
	ResetPassword(ctx context.Context, by audit.By, id dialer.UserID, hash string, keep []byte) error
	EndSessions(ctx context.Context, by audit.By, id dialer.UserID, keep []byte) error
	Sessions(ctx context.Context, id dialer.UserID, this []byte, now time.Time) ([]facts.Browser, error)
	TOTP(ctx context.Context, id dialer.UserID) (string, error)
	SetTOTP(ctx context.Context, by audit.By, id dialer.UserID, secret string, step int64) error
}

// Config is what the pages need.
type Config struct {
	Store     Store
	Reception *signin.Reception
	Now       func() time.Time // the database's clock
	Zone      *time.Location
}

// Handler serves the pages.
type Handler struct{ Config }

// New makes the pages.
func New(c Config) *Handler { return &Handler{c} }

var passwordFields = []ui.Field{
	{Name: "old", Label: "Present password", Kind: ui.Password, Needed: true, Auto: "current-password"},
	{Name: "new", Label: "New password", Kind: ui.Password, Needed: true, Auto: "new-password", Help: "At least 10 characters; a few words are easier to keep in mind than signs."},
	{Name: "again", Label: "New password again", Kind: ui.Password, Needed: true, Auto: "new-password"},
}

type model struct {
	Frame    ui.Frame
	Form     *form.Form
	TwoSteps bool
	Browsers []browser
}

type browser struct {
	Since, Seen, IP string
	This            bool
}

// Page serves GET /account.
func (h *Handler) Page(w http.ResponseWriter, r *http.Request) error {
	return h.show(w, r, http.StatusOK, form.Of(nil))
}

func (h *Handler) show(w http.ResponseWriter, r *http.Request, status int, f *form.Form) error {
	user := signin.User(r.Context())
	secret, err := h.Store.TOTP(r.Context(), user.ID)
	if err != nil {
		return err
	}
	sessions, err := h.Store.Sessions(r.Context(), user.ID, signin.Token(r), h.Now())
	if err != nil {
		return err
	}
	m := model{Frame: ui.AdminFrame(r, "Your account", "account"), Form: f, TwoSteps: secret != ""}
	for _, s := range sessions {
		m.Browsers = append(m.Browsers, browser{s.CreatedAt.In(h.Zone).Format("2 Jan 15:04"), s.SeenAt.In(h.Zone).Format("2 Jan 15:04"), s.IP, s.This})
	}
	return ui.Render(w, r, status, page(m))
}

// shortest is how long a password that somebody chooses must be.
const shortest = 10

// Password serves POST /account/password. Other browsers are signed out.
func (h *Handler) Password(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	user := signin.User(r.Context())
	old, fresh, again := r.PostFormValue("old"), r.PostFormValue("new"), r.PostFormValue("again")
	switch err := h.Reception.Verify(r, user.Username, old); {
	case errors.Is(err, signin.ErrWrong):
		f.Fail("old", "This is not your present password. Type it as when you sign in.")
	case errors.Is(err, signin.ErrOften):
		f.Fail("old", signin.ErrOften.Error())
	case err != nil:
		return err
	}
	switch {
	case utf8.RuneCountInString(fresh) < shortest:
		f.Fail("new", "Enter at least 10 characters.")
	case len(fresh) > 200:
		f.Fail("new", "Enter at most 200 characters.")
	case fresh == old:
		f.Fail("new", "That is the present one. Choose another.")
	case strings.EqualFold(fresh, user.Username) || strings.EqualFold(fresh, user.FullName):
		f.Fail("new", "Your name is the first that others try. Choose another.")
	case again != fresh:
		f.Fail("again", "The two are not the same. Type the new password once more.")
	}
	if !f.OK() {
		return h.show(w, r, http.StatusUnprocessableEntity, f)
	}
	hash, err := signin.HashPassword(fresh)
	if err != nil {
		return err
	}
	if err := h.Store.ResetPassword(r.Context(), signin.By(r, h.Now()), user.ID, hash, signin.Token(r)); err != nil {
		return err
	}
	return ui.Done(w, r, "/account", "Your password is changed. Other browsers have to sign in again.")
}

// SignOut serves POST /account/signout: everywhere but here.
func (h *Handler) SignOut(w http.ResponseWriter, r *http.Request) error {
	if err := h.Store.EndSessions(r.Context(), signin.By(r, h.Now()), signin.User(r.Context()).ID, signin.Token(r)); err != nil {
		return err
	}
	return ui.Done(w, r, "/account", "You are signed out everywhere but here.")
}

// TwoSteps serves GET /account/twosteps: the secret, to be read by an app.
func (h *Handler) TwoSteps(w http.ResponseWriter, r *http.Request) error {
	return h.showSecret(w, r, http.StatusOK, signin.NewSecret(), form.Of(nil))
}

func (h *Handler) showSecret(w http.ResponseWriter, r *http.Request, status int, secret string, f *form.Form) error {
	key, err := otp.NewKeyFromURL(signin.SecretURI(signin.User(r.Context()).Username, secret))
	if err != nil {
		return err
	}
	image, err := key.Image(200, 200)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, image); err != nil {
		return err
	}
	picture := "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())
	return ui.Render(w, r, status, secretPage(ui.AdminFrame(r, "Second step", "account"), secret, picture, f))
}

// SetTwoSteps serves POST /account/twosteps (secret, code): the app has shown
// that it knows the secret.
func (h *Handler) SetTwoSteps(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	secret := f.Value("secret")
	if len(secret) != len(signin.NewSecret()) || strings.Trim(secret, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		return dialer.Explain(nil, "This form is broken. Go back to your account and begin again.")
	}
	step, ok := signin.StepOf(secret, f.Value("code"), h.Now())
	if !ok {
		f.Fail("code", "That is not the code that the app shows now. Type the present one; if it is refused again, see whether the phone's clock is right.")
		return h.showSecret(w, r, http.StatusUnprocessableEntity, secret, f)
	}
	if err := h.Store.SetTOTP(r.Context(), signin.By(r, h.Now()), signin.User(r.Context()).ID, secret, step); err != nil {
		return err
	}
	return ui.Done(w, r, "/account", "From now on you sign in with your password and a code from the app.")
}

var offQuestion = ui.Confirm{
	ID: "twosteps-off", Open: "Switch it off", Title: "Sign in with the password alone?", Do: "Switch it off", Keep: "Leave it on",
	Says:   "Whoever learns your password can then sign in as you.",
	Action: "/account/twosteps/off", Page: "/account/twosteps/off", Back: "/account",
}

// AskOff serves GET /account/twosteps/off.
func (h *Handler) AskOff(w http.ResponseWriter, r *http.Request) error {
	return ui.Render(w, r, http.StatusOK, ui.ConfirmPage(ui.AdminFrame(r, offQuestion.Title, "account"), offQuestion))
}

// Off serves POST /account/twosteps/off.
func (h *Handler) Off(w http.ResponseWriter, r *http.Request) error {
	if err := h.Store.SetTOTP(r.Context(), signin.By(r, h.Now()), signin.User(r.Context()).ID, "", 0); err != nil {
		return err
	}
	return ui.Done(w, r, "/account", "You sign in with the password alone now.")
}

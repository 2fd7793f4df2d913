package webui

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/webui/api"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// adapt puts the role check before a route and turns its error into an answer.
// It is the only place where an error becomes a status and a sentence.
func (u *UI) adapt(route route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent := &sentinel{ResponseWriter: w}
		bound(route, w, r)
		err := u.serve(route, sent, &r)
		if err == nil || sent.started && r.Context().Err() != nil {
			return
		}
		if sent.started {
			u.config.Log.Error("an answer broke off", "path", r.URL.Path, "err", err)
			// An answer that ended here like any other would be taken for whole: half a
			// list of leads, say.
			panic(http.ErrAbortHandler)
		}
		u.fail(route, w, r, err)
	})
}

// serve fills in who asks; the caller's request then knows it too.
func (u *UI) serve(route route, w http.ResponseWriter, r **http.Request) (err error) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if p == http.ErrAbortHandler {
			panic(p)
		}
		err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	}()
	if route.needs == unasked {
		return route.serve(w, *r)
	}
	user, err := u.recognise(route, r)
	switch {
	case err == nil:
	case route.needs == everybody:
		// A page for everybody needs no database to say who it is.
	default:
		return err
	}
	if route.needs != everybody && !user.May(route.needs, dialer.CampaignID((*r).PathValue("campaign"))) {
		return dialer.ErrForbidden
	}
	return route.serve(w, *r)
}

// recognise fills in who asks: a browser, or a program.
func (u *UI) recognise(route route, r **http.Request) (dialer.User, error) {
	if route.answers == asAPI {
		ctx, err := u.gate.Recognise(*r)
		if err != nil {
			return dialer.User{}, err
		}
		*r = (*r).WithContext(ctx)
		return signin.User(ctx), nil
	}
	user, known := dialer.User{}, false
	if light[route.pattern] {
		user, known = u.who.Following(*r)
	}
	var err error
	if !known {
		user, err = u.who.Recognise(*r)
	}
	if err == nil {
		*r = (*r).WithContext(signin.WithUser((*r).Context(), user))
	}
	return user, err
}

const (
	// signedOut is told where nobody is signed in.
	signedOut = "You are signed out. Sign in again to go on."
	// notYours is told to a person who has not the right, notThisToken to a program:
	// its token may have less than the role of the user whose token it is.
	notYours     = "Your role may not do that. Ask an administrator if you need it."
	notThisToken = "This token may not do that. Make one with the right that it needs, of a user whose role and campaigns allow it, under API tokens."
)

func (u *UI) fail(route route, w http.ResponseWriter, r *http.Request, err error) {
	nobody := signin.User(r.Context()).ID == 0 && route.needs != everybody && errors.Is(err, dialer.ErrNotFound)
	if nobody && route.answers == asPage {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		u.config.Log.Debug("a request was given up by who asked", "method", r.Method, "path", r.URL.Path, "err", err)
		return
	}
	status, heading, sentence := explain(err)
	if nobody {
		status, sentence = http.StatusUnauthorized, signedOut
	}
	if sentence == notYours && route.answers == asAPI {
		sentence = notThisToken
	}
	if status >= 500 {
		level := slog.LevelError
		if told := new(dialer.Problem); status == http.StatusServiceUnavailable && errors.As(err, &told) {
			level = slog.LevelWarn // the person was told what is away, and what to do
		}
		u.config.Log.Log(r.Context(), level, "a request failed", "method", r.Method, "path", r.URL.Path, "status", status, "err", err)
	}
	switch {
	case route.answers == asAPI:
		err = api.Fail(w, status, sentence, err)
	case route.answers == asJSON:
		writeError(w, status, sentence)
	case r.Header.Get("HX-Request") != "":
		err = ui.Render(w, r, status, ui.TroublePart(sentence))
	default:
		err = ui.Render(w, r, status, ui.Trouble(ui.FrameOf(r, heading, "", "admin.js"), heading, sentence))
	}
	if err != nil && route.answers == asPage && r.Context().Err() == nil {
		u.config.Log.Error("an error page could not be shown", "path", r.URL.Path, "err", err)
	}
}

// explain maps an error's kind to a status, a heading and a sentence.
func explain(err error) (status int, heading, sentence string) {
	var soon *signin.SoonError
	switch {
	case errors.As(err, &soon):
		status, heading, sentence = http.StatusTooManyRequests, "Too often", soon.Error()
	case errors.Is(err, dialer.ErrNotFound):
		status, heading, sentence = http.StatusNotFound, "Not found", "What you asked for does not exist, or no longer."
	case errors.Is(err, dialer.ErrForbidden):
		status, heading, sentence = http.StatusForbidden, "Not for your role", notYours
	case errors.Is(err, dialer.ErrConflict):
		status, heading, sentence = http.StatusConflict, "It has changed meanwhile", "Somebody or something changed this in the meantime. Look at it again, then try once more."
	case errors.Is(err, dialer.ErrInvalid):
		status, heading, sentence = http.StatusUnprocessableEntity, "That cannot be done", "What was sent cannot be stored as it is. Go back, and look at the longest and the oddest of your answers."
	case errors.Is(err, dialer.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		status, heading, sentence = http.StatusServiceUnavailable, "Not reachable just now", "The database or a server does not answer. Calls that are up go on. Wait a moment, then try again."
	default:
		status, heading, sentence = http.StatusInternalServerError, "That did not work", "Something went wrong on our side; it has been logged. Try again, and tell your administrator if it stays."
	}
	var problem *dialer.Problem
	if errors.As(err, &problem) {
		sentence = problem.Sentence
		if problem.Kind == nil {
			status, heading = http.StatusUnprocessableEntity, "That cannot be done"
		}
	}
	return status, heading, sentence
}

func writeError(w http.ResponseWriter, status int, sentence string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"error": sentence}) //nolint:errcheck // the reader has gone
}

// sentinel knows whether an answer has begun: then an error can only be logged.
type sentinel struct {
	http.ResponseWriter
	started bool
}

func (s *sentinel) WriteHeader(status int) {
	s.started = true
	s.ResponseWriter.WriteHeader(status)
}

func (s *sentinel) Write(b []byte) (int, error) {
	s.started = true
	return s.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the writer below.
func (s *sentinel) Unwrap() http.ResponseWriter { return s.ResponseWriter }

const (
	// most is how large a request may be.
	most = 64 << 10
	// mostForm is how large a form of a page may be, of somebody who is signed in:
	// far more than its fields hold, since what was pasted into one by mistake is
	// shown again with the other answers.
	mostForm = 4 << 20
	// mostFile, of a file and the fields before it, and fileIn bound what is sent.
	mostFile = dialer.MaxLeadFile + 1<<20
	fileIn   = 30 * time.Minute
)

// bound keeps a request from being larger or slower than its route has a use
// for.
func bound(route route, w http.ResponseWriter, r *http.Request) {
	switch {
	case uploads[route.pattern]:
	case route.answers == asPage && route.needs != everybody && route.needs != unasked:
		r.Body = http.MaxBytesReader(w, r.Body, mostForm)
		return
	default:
		r.Body = http.MaxBytesReader(w, r.Body, most)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, mostFile)
	c, until := http.NewResponseController(w), time.Now().Add(fileIn)
	_ = c.SetReadDeadline(until)  // unsupported by tests' writers only
	_ = c.SetWriteDeadline(until) // it began with the request
}

// guard is around everything: the headers that keep strangers' scripts and pages
// out, and the refusal of forms that another site sends.
func (u *UI) guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		const sentence = "This came from another site and was refused. Open the page here and try again."
		if !strings.Contains(r.Header.Get("Accept"), "text/html") {
			writeError(w, http.StatusForbidden, sentence)
			return
		}
		// A form of a page: somebody reads the answer.
		const heading = "Refused"
		if err := ui.Render(w, r, http.StatusForbidden, ui.Trouble(ui.FrameOf(r, heading, "", "admin.js"), heading, sentence)); err != nil && r.Context().Err() == nil {
			u.config.Log.Error("an error page could not be shown", "path", r.URL.Path, "err", err)
		}
	}))
	inner := cross.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", ui.Policy())
		h.Set("Permissions-Policy", "microphone=(), camera=(), geolocation=()")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if u.config.Secure || r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		began := time.Now()
		inner.ServeHTTP(w, r)
		if !strings.HasPrefix(r.URL.Path, "/static/") {
			u.config.Log.Debug("request", "method", r.Method, "path", r.URL.Path, "took", time.Since(began))
		}
	})
}

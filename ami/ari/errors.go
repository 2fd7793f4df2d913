package ari

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

var (
	// ErrReplaced says that another websocket has taken the application over.
	// Asterisk keeps the older one open but sends it nothing more, so there is
	// nothing left to do here: whoever replaced us serves the calls now.
	ErrReplaced = errors.New("ari: the application was taken over by another connection")
	// ErrSuperseded ends a connection of a [Listener] when Asterisk opens a
	// newer one.
	ErrSuperseded = errors.New("ari: Asterisk opened a newer connection")
	// ErrRunning is returned by a second Run.
	ErrRunning = errors.New("ari: already runs")
)

// Error is an answer of Asterisk other than success.
type Error struct {
	// Status is the HTTP status: 404 for something that does not exist, 409
	// for an id in use or a channel outside the application, 412 for a channel
	// in the wrong state, 422 for a wrong kind of bridge, 500 among others for
	// an endpoint that does not exist.
	Status int
	// Method and Path are those of the request, without the query.
	Method, Path string
	// Message is Asterisk's own text, or the start of a body that is not
	// Asterisk's.
	Message string
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("ari: %s %s: %d %s: %s", e.Method, e.Path, e.Status, http.StatusText(e.Status), e.Message)
}

func hasStatus(err error, status int) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == status
}

// IsNotFound reports whether Asterisk says that there is no such thing. A
// hangup that gets it has nothing left to do.
func IsNotFound(err error) bool { return hasStatus(err, http.StatusNotFound) }

// IsConflict reports whether Asterisk answered 409. For a channel with a
// chosen id it means that the channel exists: a repeated request was already
// served.
func IsConflict(err error) bool { return hasStatus(err, http.StatusConflict) }

// newError reads the message out of the body: {"message": …}, or {"error": …}
// where Asterisk itself failed.
func newError(status int, method, path string, body []byte) *Error {
	var m struct{ Message, Error string }
	text := ""
	if json.Unmarshal(body, &m) == nil {
		text = m.Message
		if text == "" {
			text = m.Error
		}
	}
	if text == "" {
		text = strings.ToValidUTF8(string(body[:min(len(body), 200)]), "?")
	}
	return &Error{Status: status, Method: method, Path: path, Message: text}
}

// ValueError says that a value was refused before anything was sent.
type ValueError struct {
	// Name is the parameter and Reason what is wrong with it, without the
	// value.
	Name, Reason string
}

// Error implements error.
func (e *ValueError) Error() string { return fmt.Sprintf("ari: %s: %s", e.Name, e.Reason) }

package ami

import (
	"errors"
	"fmt"
)

var (
	// ErrNotConnected says that no session was up and nothing was sent: the
	// action may be repeated.
	ErrNotConnected = errors.New("ami: not connected")
	// ErrDisconnected says that the session was lost after the action had
	// been written. Asterisk may or may not have run it.
	ErrDisconnected = errors.New("ami: connection lost before the answer")
	// ErrNoAnswer says that the deadline passed, or the caller's context
	// ended, after the action had been written. It wraps the context's error
	// too.
	ErrNoAnswer = errors.New("ami: no answer in time")
	// ErrActionID says that the ActionID chosen by the caller is already
	// waiting for an answer.
	ErrActionID = errors.New("ami: ActionID already in use")
	// ErrRunning is returned by a second [Client.Run].
	ErrRunning = errors.New("ami: client already runs")
)

// InDoubt reports whether the action behind err was written but never
// answered, so that only Asterisk's own state tells whether it ran.
func InDoubt(err error) bool {
	return errors.Is(err, ErrDisconnected) || errors.Is(err, ErrNoAnswer)
}

// ActionError is Asterisk's "Response: Error": the action was understood as
// far as to be refused.
type ActionError struct {
	// Message is Asterisk's Message header, such as "Extension does not
	// exist." or "Permission denied".
	Message string
	// Output holds the lines of a failed CLI command.
	Output []string
}

// Error implements error.
func (e *ActionError) Error() string {
	if len(e.Output) > 0 {
		return fmt.Sprintf("ami: refused: %s: %s", e.Message, e.Output[0])
	}
	return "ami: refused: " + e.Message
}

// HeaderError says that a value was refused before anything was encoded or
// sent.
type HeaderError struct {
	// Name is the header, or the path to it inside a struct or map.
	Name string
	// Reason says what is wrong, without repeating the value.
	Reason string
}

// Error implements error.
func (e *HeaderError) Error() string { return fmt.Sprintf("ami: header %q: %s", e.Name, e.Reason) }

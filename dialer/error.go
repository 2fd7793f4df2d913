package dialer

import "errors"

// The kinds of error that cross package borders. Wrap them with what was being
// done; the edge (a page, an exit code, a disposition) maps the kind once.
var (
	// ErrNotFound means that what was named does not exist.
	ErrNotFound = errors.New("not found")
	// ErrConflict means that the state has moved on under the caller.
	ErrConflict = errors.New("state has changed")
	// ErrUnavailable means that a server or the database does not answer now.
	ErrUnavailable = errors.New("unavailable")
	// ErrInvalid means that the data can never be stored as it is.
	ErrInvalid = errors.New("data cannot be stored")
	// ErrInDoubt means that what was asked for may have been done or not: no
	// answer came. It is not to be asked for again blindly.
	ErrInDoubt = errors.New("in doubt")
	// ErrForbidden means that the user may not do that.
	ErrForbidden = errors.New("not allowed")
)

// Problem is an error with a sentence for the user: what happened and the way
// out. Kind is one of the kinds above or nil.
type Problem struct {
	Kind     error
	Sentence string
}

// Error is the sentence.
func (p *Problem) Error() string { return p.Sentence }

// Unwrap is the kind.
func (p *Problem) Unwrap() error { return p.Kind }

// Explain makes a Problem of a kind and a sentence.
func Explain(kind error, sentence string) error { return &Problem{Kind: kind, Sentence: sentence} }

// Package ami is one multiplexing connection to Asterisk's Manager Interface.
//
// A [Client] keeps a single AMI session alive: it dials (optionally over TLS),
// logs in, pings, and reconnects with jittered back-off until its context
// ends. Any number of goroutines may send actions over that session at the
// same time; answers are matched by ActionID, events are handed in order to
// one handler that may be as slow as it likes.
//
// The actions themselves are those of github.com/heltonmarx/goami: its typed
// requests and its encoding, never its Socket, which writes every message
// through fmt.Fprintf as a format string, takes the next message on the wire
// for the answer, and has neither deadlines nor TLS. [Do] gives each call a
// small goami.Client of its own that yields only the messages carrying its
// ActionID, so all of goami's functions work unchanged. [Client.Action] sends
// what goami lacks.
//
// goami encodes values raw: a CR LF inside a value adds headers, and a blank
// line starts a second action. Every value is therefore checked before it is
// encoded, and the encoded message is checked once more before it is written.
package ami

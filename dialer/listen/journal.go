package listen

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"trunkline/dialer"
)

// Change is what the database is to remember of one moment. Its parts are
// whole rows, so writing it twice does no harm.
type Change struct {
	At        time.Time
	Call      *dialer.Call
	Lead      *LeadChange
	Session   *dialer.Session
	Out       string        // why the session ended, when its state is OUT
	Period    *Period       // what the agent left
	Recording *Recording    // a recording that began
	Intent    *IntentResult // an intent that is closed
	DNC       *DNC          // a number never to call again
	Third     *dialer.Third // a third party's leg
	Watch     *dialer.Watch // a supervisor's ear
}

// LeadChange is what a call did to its lead.
type LeadChange struct {
	ID       dialer.LeadID
	Status   dialer.Status
	Comments string // "": as it was
	Unsent   bool   // the call never left: as if it had not been placed
}

// Period is a stretch of an agent's time in one state.
type Period struct {
	Session   dialer.SessionID
	User      dialer.UserID
	Campaign  dialer.CampaignID
	State     dialer.AgentState
	PauseCode string
	Call      dialer.CallID
	From, To  time.Time
}

// Recording is a file that the PBX writes, below the server's recordings
// folder.
type Recording struct {
	Call   dialer.CallID
	Server dialer.ServerID
	File   string
	At     time.Time
}

// IntentResult closes an intent.
type IntentResult struct {
	ID      dialer.IntentID
	Session dialer.SessionID
	Refusal string // a sentence for the agent; "": carried out
}

// DNC is a number never to call again, on the whole system.
type DNC struct {
	E164   string
	Source string // agent, key
}

// Journal writes changes, all in one transaction with their event rows.
type Journal interface {
	Write(ctx context.Context, server dialer.ServerID, changes []Change) error
}

// writer is the journal's goroutine: changes reach the database in the order
// in which they happened, as many in a transaction as have come together, and
// wait as long as the database is away.
type writer struct {
	journal Journal
	log     *slog.Logger
	wrote   func()
	inbox   queue[serverChange]
}

type serverChange struct {
	server dialer.ServerID
	change Change
}

// maxBatch keeps a transaction short and its locks few.
const maxBatch = 200

func newWriter(j Journal, log *slog.Logger, wrote func()) *writer {
	return &writer{j, log, wrote, newQueue[serverChange]()}
}

func (w *writer) put(server dialer.ServerID, c Change) { w.inbox.put(serverChange{server, c}) }

// run writes until ctx ends, then what is still waiting, for 5 s at most.
func (w *writer) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			w.flush(last)
			return
		case <-w.inbox.waiting():
			w.flush(ctx)
		}
	}
}

func (w *writer) flush(ctx context.Context) {
	items := w.inbox.take()
	for len(items) > 0 {
		n := min(len(items), maxBatch)
		batch := make([]Change, n)
		for i := range batch {
			batch[i] = items[i].change
		}
		w.write(ctx, items[0].server, batch)
		items = items[n:]
	}
}

// write tries until the database takes the batch. A batch that it refuses for
// what is in it is written change by change, and the one refused is logged
// whole: one bad row must not hold up a contact center.
func (w *writer) write(ctx context.Context, server dialer.ServerID, batch []Change) {
	said := time.Time{}
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		err := w.journal.Write(ctx, server, batch)
		switch {
		case err == nil:
			w.wrote()
			return
		case ctx.Err() != nil:
			w.log.Error("changes not written", "changes", len(batch), "err", err)
			return
		case !errors.Is(err, dialer.ErrUnavailable) && !errors.Is(err, context.DeadlineExceeded):
			if len(batch) == 1 {
				w.log.Error("the database refuses a change", "change", batch[0], "err", err)
				return
			}
			for i := range batch {
				w.write(ctx, server, batch[i:i+1])
			}
			return
		}
		if time.Since(said) > 5*time.Second {
			w.log.Warn("the database is away; changes wait in memory", "changes", len(batch), "err", err)
			said = time.Now()
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

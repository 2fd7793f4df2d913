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
	Out       string           // why the session ended, when its state is OUT
	Period    *Period          // what the agent left
	Recording *Recording       // a recording that began
	Intent    *IntentResult    // an intent that is closed
	DNC       *DNC             // a number never to call again
	Callback  *dialer.Callback // a call that the customer was promised
	Third     *dialer.Third    // a third party's leg
	Watch     *dialer.Watch    // a supervisor's ear
}

// LeadChange is what a call did to its lead.
type LeadChange struct {
	ID       dialer.LeadID
	Status   dialer.Status
	Comments string // "": as it was
	Unsent   bool   // the call never left: as if it had not been placed
	Again    bool   // nobody answered before the PBX went down: it may be dialed again
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
	Twice   bool   // carrying it out again would do no harm
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
	wrote   func([]Change) // they are in the database, or never will be
	inbox   queue[serverChange]
	kept    []serverChange // taken, and waiting still
	since   time.Time      // the first of them
}

type serverChange struct {
	server dialer.ServerID
	change Change
}

// maxBatch keeps a transaction short and its locks few.
const maxBatch = 200

func newWriter(j Journal, log *slog.Logger, wrote func([]Change)) *writer {
	return &writer{journal: j, log: log, wrote: wrote, inbox: newQueue[serverChange]()}
}

func (w *writer) put(server dialer.ServerID, c Change) {
	if c.keeps() {
		w.inbox.leave(serverChange{server, c})
		return
	}
	w.inbox.put(serverChange{server, c})
}

// keeps tells whether a change may wait for others like it, for as long as keep:
// that a click was carried out, which changed nothing by itself, and which the next
// listen would find open, should this one die meanwhile, and carry out again
// without harm. What such a click leads to comes a moment later, and would have to
// wait for a transaction that nobody waits for; and the clicks of many agents are
// closed by one statement.
func (c Change) keeps() bool {
	return c.Intent != nil && c.Intent.Twice && c.Intent.Refusal == "" &&
		c == Change{At: c.At, Intent: c.Intent}
}

// keep is how long a change that may wait does, or a look of the writer longer.
const keep = 500 * time.Millisecond

// apart is from one write to the next: what comes to a quiet floor is written at
// once, and on a busy one several calls share a transaction. It is about a seventh
// of a second, which on a screen is at once; what the callee hears waits for
// nothing of this. Should this listen die in that time, the next one has from
// Asterisk who is up, who is with whom, how a call ended and who pressed the key
// of the safe-harbour message; and from the clicks, which are rows before they come
// to us and are closed in the transaction of what they led to, what agents did,
// dispositions and notes among it. What is lost is when exactly: the moments since
// the last write are those that Asterisk noted or, where it notes none (how long an
// agent was in a state), when the next listen looked.
const apart = 150 * time.Millisecond

// lastWrites is how long a listen that ends may take to write what it knows.
const lastWrites = 5 * time.Second

// run writes until ended is closed, then what is still waiting.
func (w *writer) run(ended <-chan struct{}) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-ended:
			time.AfterFunc(lastWrites, cancel)
		case <-ctx.Done():
		}
	}()
	kept := time.NewTicker(keep / 2)
	defer kept.Stop()
	for {
		select {
		case <-ended:
			w.flush(ctx, 0)
			return
		case <-kept.C:
		case <-w.inbox.waiting():
		}
		if w.flush(ctx, keep) {
			select {
			case <-ended:
			case <-time.After(apart):
			}
		}
	}
}

// flush writes what there is, but for what may be kept and has not been for so
// long. It tells whether there was anything.
func (w *writer) flush(ctx context.Context, keep time.Duration) (wrote bool) {
	items := w.ripe(time.Now(), keep)
	wrote = len(items) > 0
	for len(items) > 0 {
		n := min(len(items), maxBatch)
		batch := make([]Change, n)
		for i := range batch {
			batch[i] = items[i].change
		}
		w.write(ctx, items[0].server, batch)
		items = items[n:]
	}
	return wrote
}

// ripe takes what is to be written by now. What is kept goes behind what came
// after it: a click is closed with what it led to, or later.
func (w *writer) ripe(now time.Time, keep time.Duration) (items []serverChange) {
	for _, c := range w.inbox.take() {
		if !c.change.keeps() {
			items = append(items, c)
			continue
		}
		if len(w.kept) == 0 {
			w.since = now
		}
		w.kept = append(w.kept, c)
	}
	if now.Sub(w.since) >= keep {
		items, w.kept = append(items, w.kept...), nil
	}
	return items
}

// write tries until the database takes the batch, whatever keeps it from doing
// so. Only a batch with a row that it can never take is written change by
// change, and the one refused is logged and let go: one bad row must not hold
// up a contact center.
func (w *writer) write(ctx context.Context, server dialer.ServerID, batch []Change) {
	said := time.Time{}
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		err := w.journal.Write(ctx, server, batch)
		switch {
		case err == nil:
			w.wrote(batch)
			return
		case ctx.Err() != nil:
			for _, c := range batch {
				w.log.Error("a change was not written", "change", c, "err", err)
			}
			return
		case errors.Is(err, dialer.ErrInvalid) && len(batch) == 1:
			w.log.Error("the database refuses a change", "change", batch[0], "err", err)
			w.wrote(batch)
			return
		case errors.Is(err, dialer.ErrInvalid):
			for i := range batch {
				w.write(ctx, server, batch[i:i+1])
			}
			return
		}
		if time.Since(said) > 5*time.Second {
			w.log.Warn("the database takes no changes; they wait in memory", "changes", len(batch), "err", err)
			said = time.Now()
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// LogValue is a change as the log may show it: ids and states, nothing of
// people.
func (c Change) LogValue() slog.Value {
	attrs := []slog.Attr{slog.Time("at", c.At)}
	if c.Call != nil {
		attrs = append(attrs, slog.Any("call", c.Call.ID), slog.String("call_state", string(c.Call.State)), slog.String("status", string(c.Call.Status)))
	}
	if c.Lead != nil {
		attrs = append(attrs, slog.Any("lead", c.Lead.ID), slog.String("lead_status", string(c.Lead.Status)))
	}
	if c.Session != nil {
		attrs = append(attrs, slog.Any("session", c.Session.ID), slog.String("agent_state", string(c.Session.State)))
	}
	if c.Intent != nil {
		attrs = append(attrs, slog.Any("intent", c.Intent.ID))
	}
	if c.DNC != nil {
		attrs = append(attrs, slog.String("dnc", c.DNC.Source))
	}
	return slog.GroupValue(attrs...)
}

package autodial

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"trunkline/dialer"
)

// batch are committed calls of one campaign on their way to the PBX. While one
// is sent the next is prepared: the database and the PBX do not wait for each
// other, and no more than two batches are committed and not sent, should this
// process die.
type batch struct {
	campaign dialer.Campaign
	carrier  dialer.Carrier
	calls    []dialer.Call
	at       time.Time
	judged   time.Time                   // when the rules were asked, by this host's clock
	until    map[dialer.CallID]time.Time // when their answer may change; absent: never by time alone
	due      []time.Duration             // when each may be sent, from the launch
	gap      time.Duration               // and from the one before, however late that was
	errs     []error                     // by call
	sent     chan struct{}               // closed when all are
}

// sendWithin is for how long after the rules' answer a call may still be sent. A
// PBX that hangs holds up those behind; listen gives up a call that was not sent
// in 20 s, and its lead is dialed again then.
const sendWithin = 10 * time.Second

// errLate is of a call that was not sent, since it had waited for too long.
var errLate = errors.New("the call waited for too long to be sent")

// late tells whether a call may not be sent any more.
func (b *batch) late(call dialer.CallID) bool {
	age := time.Since(b.judged)
	until, ends := b.until[call]
	return age >= sendWithin || ends && !b.at.Add(age).Before(until)
}

// inFlight is how many originates wait for the PBX's answer at once: the answer
// takes longer than the sending.
const inFlight = 4

// launch begins to send a batch; land waits for its end.
func (a *Autodial) launch(ctx context.Context, b *batch) {
	b.errs, b.sent = make([]error, len(b.calls)), make(chan struct{})
	a.flying = b
	go func() {
		defer close(b.sent)
		a.send(ctx, b)
	}()
}

func (a *Autodial) send(ctx context.Context, b *batch) {
	c := b.campaign
	var g errgroup.Group
	g.SetLimit(inFlight)
	began := time.Now()
	last := began.Add(-b.gap)
	for i, call := range b.calls {
		if wait := max(time.Until(began.Add(b.due[i])), time.Until(last.Add(b.gap))); wait > 0 {
			select {
			case <-ctx.Done():
			case <-time.After(wait):
			}
		}
		last = time.Now()
		g.Go(func() error {
			if b.late(call.ID) {
				b.errs[i] = errLate
				return nil
			}
			b.errs[i] = a.Originator.Originate(ctx, dialer.Origin{
				Call: call.ID, E164: call.E164, Carrier: b.carrier, CallerID: call.CallerID,
				Timeout: c.Backstop(),
				AMD:     c.AMD != dialer.AMDOff, AMDParams: c.AMDParams, AMDWait: c.AMD == dialer.AMDMessage, SafeHarbour: c.SafeHarbour,
			})
			return nil
		})
	}
	_ = g.Wait()
}

// land waits until the batch on its way, if there is one, is sent, and does
// about each call what its originate's end asks for.
func (a *Autodial) land() {
	b := a.flying
	if b == nil {
		return
	}
	a.flying = nil
	<-b.sent
	for i, call := range b.calls {
		err := b.errs[i]
		switch {
		case errors.Is(err, dialer.ErrInDoubt):
			a.Floor.Doubt(call.ID)
			a.Log.Warn("an originate is in doubt", "call", call.ID, "err", err)
		case errors.Is(err, errLate):
			a.Floor.Failed(call.ID)
			a.complain(b.at, "calls were held up on their way to Asterisk, and not sent: their leads are dialable again",
				"campaign", b.campaign.ID, "after", time.Since(b.judged).Round(time.Second))
		case err != nil:
			a.Floor.Failed(call.ID)
			a.rest[b.campaign.ID] = b.at.Add(restFor)
			a.complain(b.at, "a call could not be placed; the campaign rests", "campaign", b.campaign.ID, "carrier", b.carrier.Name, "err", err)
		}
	}
}

// landed is land, unless it would have to wait.
func (a *Autodial) landed() {
	if a.flying == nil {
		return
	}
	select {
	case <-a.flying.sent:
		a.land()
	default:
	}
}

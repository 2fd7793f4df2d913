package chaos

import (
	"cmp"
	"context"
	"fmt"
	"testing"
	"time"

	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/demo"
	"trunkline/cmd/internal/rig"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

// awayFor is how long MariaDB is away.
const awayFor = 30 * time.Second

// TestMariaDBIsAway kills MariaDB for half a minute under calls. Nobody is
// dialed in that time, who talks goes on talking, who answers gets an agent, and
// what has happened is in the books when it is back.
func TestMariaDBIsAway(t *testing.T) {
	dir, built := folder(t, "away-test")
	c, closeLog, err := prepare(Options{Dir: dir, Asterisk: built, Seed: 1, Agents: 8, CPS: 2, Out: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	defer closeLog()
	ctx := t.Context()
	// One call for each free agent, and one every half second: so long as calls
	// ring there are agents for them, however long MariaDB takes to be killed.
	// Nobody who has talked becomes free without it.
	o := c.rigOptions(dialer.Campaign{
		ID: "AWAY", Name: "Without a memory", DialMethod: dialer.DialRatio, DialLevel: 1, DialTimeout: 20,
		DropMillis: 20_000, CallerID: "+12125550100", AMD: dialer.AMDOff, Record: dialer.RecordAll,
		CallFrom: 0, CallTo: 1440, DialStatuses: string(dialer.StatusNew), HopperLevel: 100,
	})
	// Three seconds of early media, then a human: there is time for MariaDB to go
	// before the answer.
	o.Mix = asteriskconf.Mix{Busy: 10}
	c.rig, err = rig.Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.rig.Stop(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
	}()
	crowd := c.crowd()
	crowd.Brisk = 0.4
	floor := demo.OpenFloor(ctx, crowd)
	defer floor.Close(context.WithoutCancel(ctx), goodbye)
	must := func(what string, limit time.Duration, missing func() string) {
		t.Helper()
		if err := c.rig.Await(ctx, limit, missing); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	if err := c.settled(ctx, fillWithin); err != nil {
		t.Fatal(err)
	}
	c.sit(ctx)
	if err := c.rig.Dial(ctx, true); err != nil {
		t.Fatal(err)
	}
	store := mariadb.NewRig(c.rig.DB)
	var before []mariadb.RigCall
	must("calls to begin with", time.Minute, func() string {
		before, err = store.Calls(ctx)
		if err != nil {
			return err.Error()
		}
		talking, ringing := 0, 0
		for _, call := range before {
			switch {
			case call.State == dialer.CallTalking:
				talking++
			case call.EndedAt == nil && call.AnsweredAt == nil:
				ringing++
			}
		}
		if talking < 3 || ringing < 3 || talking > c.Agents-2 {
			return fmt.Sprintf("%d calls talk, %d ring", talking, ringing)
		}
		return ""
	})
	if _, err := c.rig.Kill("mariadbd"); err != nil {
		t.Fatal(err)
	}
	<-c.rig.MariaDB().Done()
	gone := time.Now()

	talked := map[dialer.CallID]bool{}
	for _, call := range before {
		talked[call.ID] = call.State == dialer.CallTalking
	}
	// By Asterisk: the books cannot tell.
	at := func() (bridges map[dialer.CallID]dialer.SessionID, err error) {
		all, err := c.rig.ARI.Bridges(ctx)
		bridges = map[dialer.CallID]dialer.SessionID{}
		for _, b := range all {
			session, _ := dialer.SessionOfBridge(b.ID)
			for _, ch := range b.ChannelIDs {
				if id, ok := dialer.CallOfChannel(ch); ok {
					bridges[id] = session
				}
			}
		}
		return bridges, err
	}
	// The books tell an answer only with what follows it, and were read before
	// MariaDB went. Whom Asterisk still calls a moment after that, answers without
	// it, if at all; the moment is for what the clocks are apart.
	const moment = 200 * time.Millisecond
	called := map[dialer.CallID]bool{}
	must("calls that are still unanswered", awayFor, func() string {
		if since := time.Since(gone); since < moment {
			return "it is " + since.String()
		}
		all, err := c.rig.ARI.Channels(ctx)
		if err != nil {
			return err.Error()
		}
		for _, ch := range all {
			if id, ok := dialer.CallOfChannel(ch.ID); ok && ch.State != "Up" {
				called[id] = true
			}
		}
		return ""
	})
	var reached, hungUp dialer.CallID
	must("an answered call at an agent", awayFor, func() string {
		bridges, err := at()
		if err != nil {
			return err.Error()
		}
		for id, session := range bridges {
			if called[id] && session != 0 {
				reached = id
				return ""
			}
		}
		return fmt.Sprintf("none of %d calls that rang has reached an agent", len(called))
	})
	bridges, err := at()
	if err != nil {
		t.Fatal(err)
	}
	for id := range bridges {
		if talked[id] {
			hungUp = id
		}
	}
	if hungUp == 0 {
		t.Fatal("nobody talks any more")
	}
	// As if the customer did, who otherwise never would.
	c.clicked("hangup", hungUp.String())
	if err := c.rig.ARI.Hangup(ctx, hungUp.Channel(), 16); err != nil {
		t.Fatal(err)
	}
	delete(talked, hungUp)
	must("half a minute", 2*awayFor, func() string {
		if left := awayFor - time.Since(gone); left > 0 {
			return left.String() + " are left"
		}
		return ""
	})
	bridges, err = at()
	if err != nil {
		t.Fatal(err)
	}
	for id, was := range talked {
		if was && bridges[id] == 0 {
			t.Errorf("call %s talked when MariaDB went, and is over", id)
		}
	}
	if bridges[reached] == 0 {
		t.Errorf("call %s, answered while MariaDB was away, is over", reached)
	}

	back := time.Now()
	if err := c.rig.StartMariaDB(ctx); err != nil {
		t.Fatal(err)
	}
	inTime := func(at *time.Time) bool { return at != nil && at.After(gone) && at.Before(back) }
	must("the books", time.Minute, func() string {
		calls, err := store.Calls(ctx)
		if err != nil {
			return err.Error()
		}
		answer, end, dialed := "it is not there", "it is not there", false
		for _, call := range calls {
			switch {
			case call.ID == reached:
				answer = ""
				if !inTime(call.AnsweredAt) || !inTime(call.BridgedAt) {
					answer = fmt.Sprintf("answered %s, with its agent %s", told(call.AnsweredAt), told(call.BridgedAt))
				}
			case call.ID == hungUp:
				end = ""
				if !inTime(call.EndedAt) || call.EndedBy != dialer.ByLead {
					end = fmt.Sprintf("ended %s by %q", told(call.EndedAt), call.EndedBy)
				}
			case call.PlacedAt.After(back) && call.BridgedAt != nil:
				dialed = true
			}
		}
		if answer != "" || end != "" || !dialed {
			return fmt.Sprintf("MariaDB was away from %s to %s; call %s, which reached its agent then: %s; call %s, which was hung up then: %s; dialing goes on: %t",
				told(&gone), told(&back), reached, cmp.Or(answer, "right"), hungUp, cmp.Or(end, "right"), dialed)
		}
		return ""
	})
	ledger, err := c.rig.Carrier.Ledger()
	if err != nil {
		t.Fatal(err)
	}
	calls, err := store.Calls(ctx)
	if err != nil {
		t.Fatal(err)
	}
	placed := map[string]time.Time{}
	for _, call := range calls {
		placed[call.ID.String()] = call.PlacedAt
	}
	for _, e := range ledger {
		if e.Invited.After(gone) && e.Invited.Before(back) && placed[e.Call].After(gone) {
			t.Errorf("call %s was dialed at %s, with MariaDB away", e.Call, clock(e.Invited))
		}
	}
	f := &faults{}
	c.end(ctx, f, floor)
	if err := c.report(ctx, f); err != nil {
		t.Error(err)
	}
}

func told(at *time.Time) string {
	if at == nil {
		return "never"
	}
	return clock(at.UTC())
}

package demo

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

// fewLeads is when the list is reset, so that dialing goes on for ever.
const fewLeads = 300

// line is the status line at the bottom of a terminal.
type line struct {
	mu    sync.Mutex
	shown bool
}

// clear makes room for an ordinary line.
func (l *line) clear(w io.Writer) {
	if l.shown {
		fmt.Fprint(w, "\r\x1b[K")
		l.shown = false
	}
}

// watch shows how the campaign stands until ctx ends, and keeps the demo going.
func (d *demo) watch(ctx context.Context) error {
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for second := 0; ; second++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case now := <-every.C:
			err := d.look(ctx, now)
			if err != nil {
				return err
			}
			d.show(ctx, second)
			if second%10 == 9 {
				d.refresh(ctx)
			}
		}
	}
}

// show writes the status line: in place on a terminal, else every 5 s.
func (d *demo) show(ctx context.Context, second int) {
	if d.Width == nil && second%5 != 0 {
		return
	}
	step, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	text := "MariaDB does not answer"
	s, err := d.store.Status(step, campaignID, d.today())
	if err == nil {
		text = statusLine(s)
	}
	d.line.mu.Lock()
	defer d.line.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	if d.Width != nil {
		fmt.Fprint(d.Out, "\r\x1b[K"+cut(text, d.Width()-1)) // one that wraps could not be rewritten
		d.line.shown = true
		return
	}
	fmt.Fprintln(d.Out, text)
}

// cut is the text as far as it fits.
func cut(text string, columns int) string {
	if runes := []rune(text); len(runes) > columns {
		return string(runes[:max(columns, 0)])
	}
	return text
}

// today is the day's beginning; a measured run counts from its own.
func (d *demo) today() time.Time {
	if d.For > 0 {
		return d.began
	}
	y, m, day := time.Now().Date()
	return time.Date(y, m, day, 0, 0, 0, 0, time.Local).UTC()
}

func statusLine(s mariadb.DemoStatus) string {
	var agents []string
	for _, w := range []struct {
		state dialer.AgentState
		word  string
	}{
		{dialer.AgentReady, "ready"}, {dialer.AgentInCall, "in call"}, {dialer.AgentWrapUp, "wrap-up"},
		{dialer.AgentPaused, "paused"}, {dialer.AgentConnecting, "connecting"},
	} {
		if n := s.Agents[w.state]; n > 0 {
			agents = append(agents, fmt.Sprintf("%d %s", n, w.word))
		}
	}
	if agents == nil {
		agents = []string{"no agents"}
	}
	c := s.Calls // that a call rings is written with its next change only: it counts as dialing
	p50, p99 := percentile(s.Waits, 50), percentile(s.Waits, 99)
	return fmt.Sprintf("%s | %d dialing, %d talking | today %d placed, %d answered, %d connected, %d dropped | answer→agent %s/%s ms | hopper %d",
		strings.Join(agents, ", "),
		c[dialer.CallPlaced]+c[dialer.CallRinging], c[dialer.CallTalking]+c[dialer.CallHeld],
		s.Placed, s.Answered, s.Connected, s.Dropped, millis(p50), millis(p99), s.Hopper)
}

func millis(d time.Duration) string {
	return fmt.Sprintf("%.0f", float64(d)/float64(time.Millisecond))
}

// percentile by the nearest rank; 0 of nothing.
func percentile(all []time.Duration, p int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	rank := (len(sorted)*p + 99) / 100
	return sorted[max(rank, 1)-1]
}

// refresh resets the list when it runs out of leads to dial. A measured run of
// somebody's own leads dials each once.
func (d *demo) refresh(ctx context.Context) {
	if d.For > 0 && d.Leads != "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second) // meanwhile nobody looks after the crew
	defer cancel()
	fresh, err := d.store.Fresh(ctx, d.list)
	if err != nil || fresh >= min(fewLeads, d.leads/10+1) {
		return
	}
	at, err := d.db.Now(ctx)
	if err == nil {
		err = d.store.Reset(ctx, d.list)
	}
	if err != nil {
		d.log.Error("resetting the list", "err", err)
		return
	}
	d.resets = append(d.resets, at)
	d.log.Info("the list is reset: all leads may be dialed again")
}

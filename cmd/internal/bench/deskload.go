package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"trunkline/sql/mariadb"
)

// desk is a simulated browser: its stream, and the changes that it has not shown
// yet.
type desk struct {
	n int

	mu      sync.Mutex
	waiting []change
}

// change is something that happened at a desk.
type change struct {
	event          int64
	began, commits time.Time // its transaction
}

// crowd are the desks that are connected.
type crowd struct {
	b        *deskBench
	desks    []*desk
	shown    atomic.Int64 // first snapshots
	lost     atomic.Int64 // streams that ended by themselves
	refused  atomic.Int64 // requests that were answered by an error
	troubles atomic.Int64 // snapshots that could not be had
	beats    *http.Client

	mu    sync.Mutex
	late  []time.Duration // from the commit
	whole []time.Duration // from the beginning of the transaction
}

// measure connects so many desks, lets nothing happen for a while, and then
// changes.
func (b *deskBench) measure(ctx context.Context, n int) (deskLoad, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := &crowd{b: b, beats: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 512, MaxConnsPerHost: 512}}}
	streams := &http.Client{Transport: &http.Transport{}}
	var open sync.WaitGroup
	for i := 1; i <= n; i++ {
		d := &desk{n: i}
		c.desks = append(c.desks, d)
		open.Go(func() { c.follow(ctx, streams, d) })
		if i%50 == 0 { // people do not all arrive in one moment
			if err := pause(ctx, 50*time.Millisecond); err != nil {
				return deskLoad{}, err
			}
		}
	}
	defer open.Wait()
	defer cancel()
	for end := time.Now().Add(time.Minute); c.shown.Load() < int64(n); {
		if time.Now().After(end) {
			return deskLoad{}, fmt.Errorf("only %d desks show something after a minute", c.shown.Load())
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return deskLoad{}, err
		}
	}
	if err := pause(ctx, 3*time.Second); err != nil { // the connecting is over
		return deskLoad{}, err
	}
	l := deskLoad{Desks: n}
	before, err := b.meter(ctx)
	if err != nil {
		return l, err
	}
	if err := pause(ctx, b.Idle); err != nil {
		return l, err
	}
	after, err := b.meter(ctx)
	if err != nil {
		return l, err
	}
	l.IdleSQL, l.IdleRows = after.perSecond(before, statements), after.perSecond(before, rowsWritten)
	l.IdleWeb, l.IdleDB = after.percent(before, webCPU), after.percent(before, mariaCPU)
	if n == 0 {
		return l, nil
	}
	if l.Changes, err = c.change(ctx); err != nil {
		return l, err
	}
	busy, err := b.meter(ctx)
	if err != nil {
		return l, err
	}
	l.BusySQL, l.BusyWeb = busy.perSecond(after, statements), busy.percent(after, webCPU)
	if lost := c.lost.Load(); lost > 0 {
		return l, fmt.Errorf("%d of %d streams ended by themselves", lost, n)
	}
	l.Troubles = c.troubles.Load()
	if refused := c.refused.Load(); refused > 0 {
		return l, fmt.Errorf("%d requests were refused", refused)
	}
	l.Late, l.Whole = spread(c.late), spread(c.whole)
	return l, nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// change has things happen at desks chosen by lot, evenly over the time, and
// waits until all are shown.
func (c *crowd) change(ctx context.Context) (int, error) {
	all := int(c.b.For.Seconds() * float64(c.b.Rate))
	tick := time.NewTicker(time.Second / time.Duration(c.b.Rate))
	defer tick.Stop()
	var writes sync.WaitGroup
	var failed atomic.Pointer[error]
	for range all {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
		d := c.desks[rand.IntN(len(c.desks))]
		writes.Go(func() {
			if err := c.happen(ctx, d); err != nil {
				failed.Store(&err)
			}
		})
	}
	writes.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	for end := time.Now().Add(15 * time.Second); ; {
		c.mu.Lock()
		got := len(c.late)
		c.mu.Unlock()
		if got == all {
			return all, nil
		}
		if time.Now().After(end) {
			return all, fmt.Errorf("%d of %d changes were not shown after 15 s", all-got, all)
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return 0, err
		}
	}
}

func (c *crowd) happen(ctx context.Context, d *desk) error {
	began := time.Now()
	// Written under the desk's lock, so that the snapshot cannot arrive before the
	// event's id is known.
	d.mu.Lock()
	defer d.mu.Unlock()
	event, commits, err := c.b.store.Change(ctx, deskCampaign, d.n, began.UTC())
	d.waiting = append(d.waiting, change{event, began, commits})
	return err
}

// follow is the page's stream, with an answer to each ping.
func (c *crowd) follow(ctx context.Context, client *http.Client, d *desk) {
	err := c.read(ctx, client, d)
	if ctx.Err() == nil {
		c.lost.Add(1)
		fmt.Fprintf(c.b.Progress, "desk %d: %v\n", d.n, err)
	}
}

func (c *crowd) read(ctx context.Context, client *http.Client, d *desk) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/desk/events?beat=1&page=%d&take=1", c.b.base, d.n), nil)
	if err != nil {
		return err
	}
	req.AddCookie(c.b.cookies[d.n])
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(make([]byte, 4096), 1<<20)
	var id int64
	event, first := "", true
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "id: "):
			id, _ = strconv.ParseInt(line[4:], 10, 64)
		case strings.HasPrefix(line, "event: "):
			event = line[7:]
		case line == "" && event == "desk":
			if first {
				c.shown.Add(1)
				first = false
			}
			c.arrived(d, id)
			c.goOn(ctx, d)
			event = ""
		case line == "" && event == "ping":
			go c.beat(ctx, d)
			event = ""
		case line == "" && event == "trouble":
			c.troubles.Add(1)
			event = ""
		case line == "" && event != "":
			return fmt.Errorf("the stream says %s", event)
		}
	}
	return errors.Join(lines.Err(), io.ErrUnexpectedEOF)
}

// arrived notes which changes a snapshot shows: those up to its id.
func (c *crowd) arrived(d *desk, id int64) {
	now := time.Now()
	d.mu.Lock()
	keep := d.waiting[:0]
	var late, whole []time.Duration
	for _, w := range d.waiting {
		if w.event <= id {
			late, whole = append(late, now.Sub(w.commits)), append(whole, now.Sub(w.began))
		} else {
			keep = append(keep, w)
		}
	}
	d.waiting = keep
	d.mu.Unlock()
	c.mu.Lock()
	c.late, c.whole = append(c.late, late...), append(c.whole, whole...)
	c.mu.Unlock()
}

// changesOfACall is how often a desk changes by one call: answered, held, taken
// back, over, disposed of, ready.
const changesOfACall = 6

// goOn asks for what a page asks for with each call: for what is known of the
// customer as the call comes, and for the day and the callbacks after it.
func (c *crowd) goOn(ctx context.Context, d *desk) {
	switch rand.IntN(changesOfACall) {
	case 0:
		go c.ask(ctx, d, http.MethodGet, fmt.Sprintf("/desk/about?lead=%d", d.n), nil)
	case 1:
		go c.ask(ctx, d, http.MethodGet, "/desk/day", nil)
		go c.ask(ctx, d, http.MethodGet, "/desk/callbacks", nil)
	}
}

func (c *crowd) beat(ctx context.Context, d *desk) {
	c.ask(ctx, d, http.MethodPost, "/desk/beat", url.Values{"session": {strconv.FormatInt(int64(mariadb.BenchSession(d.n)), 10)}})
}

func (c *crowd) ask(ctx context.Context, d *desk, method, path string, form url.Values) {
	req, err := http.NewRequestWithContext(ctx, method, c.b.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.AddCookie(c.b.cookies[d.n])
	resp, err := c.beats.Do(req)
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	if resp.StatusCode >= 300 && ctx.Err() == nil {
		c.refused.Add(1)
	}
}

func spread(all []time.Duration) distribution {
	if len(all) == 0 {
		return distribution{}
	}
	slices.Sort(all)
	at := func(p float64) float64 {
		i := min(len(all)-1, int(p*float64(len(all))))
		return float64(all[i].Microseconds()) / 1000
	}
	return distribution{P50: at(0.5), P99: at(0.99), Max: at(1)}
}

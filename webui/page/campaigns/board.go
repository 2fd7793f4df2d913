package campaigns

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"trunkline/dialer"
	"trunkline/webui/sse"
	"trunkline/webui/tail"
)

const (
	// atMost is how often the counts of a campaign are read while things happen.
	atMost = time.Second
	// atLeast is how often when nothing tells of a change: the hopper's filling
	// writes no events.
	atLeast   = 5 * time.Second
	readIn    = 5 * time.Second
	pingEvery = 15 * time.Second
)

// boards holds one reader for each campaign that somebody looks at: any number
// of viewers cost one query.
type boards struct {
	hub  *tail.Hub
	read func(context.Context, dialer.CampaignID) (string, error)

	mu  sync.Mutex
	all map[dialer.CampaignID]*board
}

type board struct {
	viewers map[chan string]bool
	last    string
	stop    context.CancelFunc
}

// watch gives the rendered counts, now if they are known and at every change,
// until leave is called. A slow viewer gets only the newest.
func (b *boards) watch(id dialer.CampaignID) (counts <-chan string, leave func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all == nil {
		b.all = map[dialer.CampaignID]*board{}
	}
	one := b.all[id]
	if one == nil {
		ctx, cancel := context.WithCancel(context.Background())
		one = &board{viewers: map[chan string]bool{}, stop: cancel}
		b.all[id] = one
		go b.run(ctx, id, one)
	}
	viewer := make(chan string, 1)
	one.viewers[viewer] = true
	if one.last != "" {
		viewer <- one.last
	}
	return viewer, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(one.viewers, viewer)
		if len(one.viewers) == 0 {
			one.stop()
			delete(b.all, id)
		}
	}
}

func (b *boards) run(ctx context.Context, id dialer.CampaignID, one *board) {
	sub := b.hub.Campaign(id)
	defer sub.Close()
	for {
		b.refresh(ctx, id, one)
		rest, floor := time.NewTimer(atMost), time.NewTimer(atLeast)
		select {
		case <-ctx.Done():
		case <-rest.C:
		}
		select {
		case <-ctx.Done():
		case <-sub.Changed():
		case <-floor.C:
		}
		rest.Stop()
		floor.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

func (b *boards) refresh(ctx context.Context, id dialer.CampaignID, one *board) {
	ctx, cancel := context.WithTimeout(ctx, readIn)
	defer cancel()
	html, err := b.read(ctx, id)
	if err != nil {
		html = awayPart()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if html == one.last {
		return
	}
	one.last = html
	for viewer := range one.viewers {
		select {
		case <-viewer: // what it has not read yet is old now
		default:
		}
		viewer <- html
	}
}

func awayPart() string {
	var b strings.Builder
	if err := away().Render(context.Background(), &b); err != nil {
		return ""
	}
	return b.String()
}

// Events serves GET /campaigns/{campaign}/events: the live part of the page as HTML,
// at most once a second.
func (h *Handler) Events(w http.ResponseWriter, r *http.Request) error {
	id := dialer.CampaignID(r.PathValue("campaign"))
	if _, err := h.Store.Campaign(r.Context(), id); err != nil {
		return err
	}
	counts, leave := h.boards.watch(id)
	defer leave()
	stream, err := sse.Start(w)
	if err != nil {
		return nil // it has gone already
	}
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		select {
		case <-r.Context().Done():
			return nil
		case html := <-counts:
			err = stream.Event(0, "", html)
		case <-ping.C:
			if _, gone := h.Reception.Recognise(r); errors.Is(gone, dialer.ErrNotFound) {
				return nil // signed out meanwhile
			}
			err = stream.Ping()
		}
		if err != nil {
			return nil
		}
	}
}

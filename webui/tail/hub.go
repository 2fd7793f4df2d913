package tail

import (
	"maps"
	"slices"
	"sync"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
)

// Hub tells open pages that something of theirs has changed. It says that, not
// what: each reads how things stand now, so that a slow page skips steps and is
// never behind.
type Hub struct {
	mu        sync.Mutex
	sessions  map[dialer.SessionID]map[*Sub]bool
	campaigns map[dialer.CampaignID]map[*Sub]bool
	floors    map[*Sub]bool // woken by every event
	beats     map[dialer.SessionID]beat
	newest    int64 // the highest id that was published
	down      bool
}

// beat is a page's own word that it is there.
type beat struct {
	user dialer.UserID
	at   time.Time // by the monotonic clock of this process
}

// confirmedFor is how long a page's word holds.
const confirmedFor = 6 * time.Second

// NewHub makes a hub with no pages.
func NewHub() *Hub {
	return &Hub{sessions: map[dialer.SessionID]map[*Sub]bool{}, campaigns: map[dialer.CampaignID]map[*Sub]bool{}, floors: map[*Sub]bool{}, beats: map[dialer.SessionID]beat{}}
}

// Sub is one open page.
type Sub struct {
	hub      *Hub
	session  dialer.SessionID
	campaign dialer.CampaignID
	wake     chan struct{}

	// guarded by hub.mu
	server  dialer.ServerID
	shown   bool // the page has said whether the server is up
	up      bool // and what it said
	call    dialer.CallID
	last    int64
	answers bool
}

// Session subscribes to an agent's session. As long as one page does, the
// session counts as seen, unless the page answers for itself.
func (h *Hub) Session(id dialer.SessionID) *Sub {
	s := &Sub{hub: h, session: id, wake: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	s.last = h.newest
	add(h.sessions, id, s)
	return s
}

// Campaign subscribes to all that happens in a campaign.
func (h *Hub) Campaign(id dialer.CampaignID) *Sub {
	s := &Sub{hub: h, campaign: id, wake: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	add(h.campaigns, id, s)
	return s
}

// Floor subscribes to all that happens anywhere.
func (h *Hub) Floor() *Sub {
	s := &Sub{hub: h, wake: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.floors[s] = true
	return s
}

// watched tells whether somebody follows all that happens.
func (h *Hub) watched() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.floors) > 0
}

// Changed receives after a change, once for any number of them.
func (s *Sub) Changed() <-chan struct{} { return s.wake }

// Last is the id of the newest event that concerned this page.
func (s *Sub) Last() int64 {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.last
}

// Answers says that the page beats by itself. An open stream alone does not show
// it then: a socket stays open in front of a machine that sleeps or of a network
// that has gone.
func (s *Sub) Answers(user dialer.UserID) {
	s.hub.Admit(s.session, user)
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.answers = true
}

// Admit takes up the beats of a session's page; whose the session is has been
// checked. It need not be a page whose stream is here: behind several web
// servers its requests may go to any.
func (h *Hub) Admit(id dialer.SessionID, user dialer.UserID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.beats[id] = beat{user, time.Now()}
}

// Beat notes that the page of the user's session is there, or gives false for
// one that is not known here.
func (h *Hub) Beat(id dialer.SessionID, user dialer.UserID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if b, ok := h.beats[id]; !ok || b.user != user {
		return false
	}
	h.beats[id] = beat{user, time.Now()}
	return true
}

// Follow says which call the page shows and which server carries it, whose
// events then concern it too.
func (s *Sub) Follow(call dialer.CallID, server dialer.ServerID) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.call, s.server = call, server
}

// Showed says what the page shows of its server: another answer of the database's
// wakes it.
func (s *Sub) Showed(up bool) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.shown, s.up = true, up
}

// Close ends the subscription.
func (s *Sub) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	drop(s.hub.sessions, s.session, s)
	if len(s.hub.sessions[s.session]) == 0 {
		delete(s.hub.beats, s.session) // the page was closed, and is not there any more
	}
	drop(s.hub.campaigns, s.campaign, s)
	delete(s.hub.floors, s)
}

// Down tells whether the database is known to be away.
func (h *Hub) Down() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.down
}

// Publish wakes the pages that the events concern.
func (h *Hub) Publish(events []dialer.Event) {
	if len(events) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	calls := map[dialer.CallID]int64{}
	for _, e := range events {
		h.newest = max(h.newest, e.ID)
		for s := range h.sessions[e.SessionID] {
			s.notify(e.ID)
		}
		for s := range h.campaigns[e.CampaignID] {
			s.notify(e.ID)
		}
		if e.CallID != 0 {
			calls[e.CallID] = e.ID
		}
	}
	for s := range h.floors {
		s.notify(h.newest)
	}
	if len(calls) == 0 {
		return
	}
	for _, subs := range h.sessions {
		for s := range subs {
			if id, ok := calls[s.call]; ok && s.call != 0 {
				s.notify(id)
			}
		}
	}
}

// Servers wakes the desks that show of their server what is not so any more. What
// each shows counts, not what was found the last time: a page may have looked
// between two times.
func (h *Hub) Servers(all []facts.ServerState) {
	up := make(map[dialer.ServerID]bool, len(all))
	for _, s := range all {
		up[s.ID] = s.Up
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, subs := range h.sessions {
		for s := range subs {
			if now, known := up[s.server]; known && s.shown && s.up != now {
				s.notify(0)
			}
		}
	}
}

// WakeSession wakes the pages of a session.
func (h *Hub) WakeSession(id dialer.SessionID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.sessions[id] {
		s.notify(0)
	}
}

// Seen lists the sessions whose page is there: it has said so a moment ago, or
// its stream is open and it is of a kind that never says so.
func (h *Hub) Seen() []dialer.SessionID {
	h.mu.Lock()
	defer h.mu.Unlock()
	seen := map[dialer.SessionID]bool{}
	for id, subs := range h.sessions {
		for s := range subs {
			if !s.answers {
				seen[id] = true
			}
		}
	}
	now := time.Now()
	for id, b := range h.beats {
		if now.Sub(b.at) <= confirmedFor {
			seen[id] = true
		} else {
			delete(h.beats, id)
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// database notes whether the database answers, and wakes everybody when that
// has changed.
func (h *Hub) database(up bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.down == !up {
		return
	}
	h.down = !up
	for _, subs := range h.sessions {
		for s := range subs {
			s.notify(0)
		}
	}
	for _, subs := range h.campaigns {
		for s := range subs {
			s.notify(0)
		}
	}
	for s := range h.floors {
		s.notify(0)
	}
}

// notify needs the hub's lock.
func (s *Sub) notify(id int64) {
	s.last = max(s.last, id)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func add[K comparable](m map[K]map[*Sub]bool, id K, s *Sub) {
	if m[id] == nil {
		m[id] = map[*Sub]bool{}
	}
	m[id][s] = true
}

func drop[K comparable](m map[K]map[*Sub]bool, id K, s *Sub) {
	delete(m[id], s)
	if len(m[id]) == 0 {
		delete(m, id)
	}
}

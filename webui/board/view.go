package board

import (
	"encoding/json"
	"sync"
	"time"
)

// Part is a piece of a page that changes as a whole: a table's row, a card.
type Part struct {
	ID string // of its element
	// Key is what it is drawn from, and comparable: as long as it is the same the
	// part is not drawn again. nil: it is drawn each time, and compared then.
	Key  any
	HTML func() string
}

// Draw says what of a picture a page shows.
type Draw func(*Picture) []Part

// View is what some number of open pages show in common. It is drawn once for
// all of them, and each is sent what has changed since it was last sent
// something.
type View struct {
	draw Draw

	mu      sync.Mutex
	version int64
	parts   map[string]*drawn
	gone    map[string]int64 // parts that are no more, and since which version
	trouble string           // why it is not up to date, or ""
	now     int64            // ms: the picture's moment
	sent    map[int64][]byte // the message for who has that version
	viewers map[*Viewer]bool
	left    time.Time // when the last viewer went
}

type drawn struct {
	key     any
	html    string
	version int64
}

// goneMost bounds what a view remembers of parts that are no more; a viewer
// that knows less than that is sent everything.
const goneMost = 1000

func newView(draw Draw) *View {
	return &View{draw: draw, parts: map[string]*drawn{}, gone: map[string]int64{}, sent: map[int64][]byte{}, viewers: map[*Viewer]bool{}}
}

func (v *View) join(viewer *Viewer) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.viewers[viewer] = true
	viewer.notify()
}

func (v *View) leave(viewer *Viewer) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.viewers, viewer)
	v.left = time.Now()
}

// unseen is for how long nobody has viewed it.
func (v *View) unseen() time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.viewers) > 0 {
		return 0
	}
	return time.Since(v.left)
}

// update draws the picture and wakes the viewers if anything has changed.
func (v *View) update(p *Picture, trouble string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	next, changed := v.version+1, false
	if trouble != v.trouble {
		v.trouble, changed = trouble, true
	}
	if trouble == "" {
		v.now = p.Now.UnixMilli()
		seen := map[string]bool{}
		for _, part := range v.draw(p) {
			seen[part.ID] = true
			old := v.parts[part.ID]
			if old != nil && part.Key != nil && old.key == part.Key {
				continue
			}
			html := part.HTML()
			if old != nil && old.html == html {
				old.key = part.Key
				continue
			}
			v.parts[part.ID] = &drawn{part.Key, html, next}
			delete(v.gone, part.ID)
			changed = true
		}
		for id := range v.parts {
			if !seen[id] {
				delete(v.parts, id)
				v.gone[id] = next
				changed = true
			}
		}
	}
	if !changed {
		return
	}
	if len(v.gone) > goneMost {
		clear(v.gone)
		for viewer := range v.viewers {
			viewer.version = 0
		}
	}
	v.version = next
	clear(v.sent)
	for viewer := range v.viewers {
		viewer.notify()
	}
}

// Message is what is sent: parts that are new or have changed, and those that
// are no more. What is sent first holds everything, and what it does not name is
// no more.
type Message struct {
	All     bool              `json:"all,omitempty"`
	Now     int64             `json:"now"` // ms since 1970 by the database's clock
	Trouble string            `json:"trouble,omitempty"`
	Set     map[string]string `json:"set,omitempty"`
	Gone    []string          `json:"gone,omitempty"`
}

func (v *View) message(from int64) Message {
	m := Message{All: from == 0, Now: v.now, Trouble: v.trouble, Set: map[string]string{}}
	for id, part := range v.parts {
		if part.version > from {
			m.Set[id] = part.html
		}
	}
	if from == 0 {
		return m
	}
	for id, since := range v.gone {
		if since > from {
			m.Gone = append(m.Gone, id)
		}
	}
	return m
}

// Parts are the parts as they stand, by id.
func (v *View) Parts() (parts map[string]string, trouble string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.message(0).Set, v.trouble
}

// Viewer is one open page.
type Viewer struct {
	view    *View
	close   func()
	wake    chan struct{}
	version int64 // what it has been sent; guarded by view.mu
}

func (v *Viewer) notify() {
	select {
	case v.wake <- struct{}{}:
	default:
	}
}

// Changed receives when there is something to send, once for any number of
// changes: a slow page skips steps, and is never behind.
func (v *Viewer) Changed() <-chan struct{} { return v.wake }

// Next is the message that brings the page up to date, as JSON; nil if it is.
func (v *Viewer) Next() ([]byte, error) {
	v.view.mu.Lock()
	defer v.view.mu.Unlock()
	if v.version == v.view.version {
		return nil, nil
	}
	text := v.view.sent[v.version]
	if text == nil {
		var err error
		text, err = json.Marshal(v.view.message(v.version))
		if err != nil {
			return nil, err
		}
		v.view.sent[v.version] = text
	}
	v.version = v.view.version
	return text, nil
}

// Close ends the viewing.
func (v *Viewer) Close() { v.close() }

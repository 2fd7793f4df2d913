package lab

// what is the kind of a thing that happens.
type what uint8

const (
	rings what = iota
	fails
	answers
	verdict
	leaves // a waiting call hangs up or is dropped
	joins
	hangsUp // a talk ends
	wrapped
	comes
	goes
	pauses
	breaks // a pause that follows the next call
	resumes
	decides
)

// happening is one entry of the agenda.
type happening struct {
	at   float64 // s since the start of the shift
	n    uint64  // order of entry, to break ties
	what what
	id   int32 // of a call or of an agent
	arg  float64
}

// agenda is a heap of what is to happen.
type agenda struct {
	heap []happening
	n    uint64
}

func (a *agenda) put(at float64, w what, id int32, arg float64) {
	a.n++
	a.heap = append(a.heap, happening{at, a.n, w, id, arg})
	h := a.heap
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if !h[i].before(h[up]) {
			break
		}
		h[i], h[up] = h[up], h[i]
		i = up
	}
}

func (a *agenda) take() happening {
	h := a.heap
	first, last := h[0], len(h)-1
	h[0] = h[last]
	h = h[:last]
	a.heap = h
	for i := 0; ; {
		down := 2*i + 1
		if down >= len(h) {
			break
		}
		if down+1 < len(h) && h[down+1].before(h[down]) {
			down++
		}
		if !h[down].before(h[i]) {
			break
		}
		h[i], h[down] = h[down], h[i]
		i = down
	}
	return first
}

func (x happening) before(y happening) bool { return x.at < y.at || x.at == y.at && x.n < y.n }

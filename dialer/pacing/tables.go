package pacing

import "math"

// moments are the moments ahead, s, at which calls and agents are weighed
// against each other: a dial of now is answered within them or never.
var moments = [...]float64{1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20, 23, 26, 29}

const (
	ahead  = len(moments)
	far    = 30      // whole seconds that the tables look ahead
	fine   = 2 * far // and half seconds
	reason = 5       // the moment, 6 s ahead, that the reason speaks of
)

// moving is one number for each moment ahead.
type moving [ahead]float64

// tables is what the learnt distributions say of a call or an agent by age, so
// that a decision only looks it up. "Holds" is the chance to have asked by then
// and to hold an agent still, of a call that will ask.
type tables struct {
	dialHolds [dialBins]moving
	dialAsk   []float64 // share of asking calls that still have not rung
	dialOther []float64 // and of the others
	ringHolds [ringBins]moving
	ringAsk   []float64
	ringOther []float64 // as a share of all others, those that never ring included
	askAt     []float64 // density of the ring age at the answer, of asking calls
	mutedAt   []float64 // and of others, as a share of all others

	screenHolds [talkClasses][screenBins]moving
	screenAsk   []float64
	screenOther []float64

	waitHolds [talkClasses]moving // of a call that has an agent from now on
	freshAsks moving              // when a dial of now asks, as shares of the moments

	talkBusy [talkClasses][talkRows]moving // not ready again by then
	wrapBusy [wrapClasses][wrapRows]moving
}

// Rows of the agents' tables: a second each up to 30 s, then a tenth longer
// each, up to about 40 and 10 minutes.
const talkRows, wrapRows = 76, 62

func rowAge(row int) float64 {
	if row < 30 {
		return float64(row)
	}
	return 30 * math.Pow(1.1, float64(row-30))
}

func ageRow(age float64, rows int) int {
	if age < 30 {
		return int(max(0, age))
	}
	return min(30+int(math.Log(age/30)*(1/0.09531017980432493)), rows-1)
}

// The priors: shapes that any campaign resembles, weighing as much as a
// handful of calls.
var (
	priorSetup  = lognormal(dialBins, dialWidth, 2.5, 0.6)
	priorRing   = lognormal(ringBins, ringWidth, 9, 0.7)
	priorLost   = lognormal(ringBins, ringWidth, 25, 0.4)
	priorMuted  = lognormal(ringBins, ringWidth, 15, 0.7)
	priorScreen = lognormal(screenBins, screenWidth, 2, 0.5)
	priorNoAMD  = lognormal(screenBins, screenWidth, 0.05, 0.5)

	priorTalk, priorTalkTime = priorHazard(50, 1.3, 4)
	priorWrap, priorWrapTime = priorHazard(15, 0.8, 4)
)

const priorCalls = 8 // the weight of a prior, calls

// retable makes the tables of what is known now.
func (m *Model) retable() {
	m.seen = 0
	t := &m.tables
	service := t.agents(m)
	screened := priorNoAMD // a campaign without AMD asks at the answer
	if m.lostScreen.total() > 0 || slow(m.askScreen) {
		screened = priorScreen
	}
	ask := m.askScreen.density(screened, 1)
	t.screenAsk, t.screenOther = left(ask), left(m.lostScreen.density(priorScreen, 1))
	// From the answer to now: kernel[j] is "holds" j half seconds after it.
	var kernel [talkClasses][fine + 1]float64
	var rung [fine + 1]float64
	for c := range talkClasses {
		for k, at := range moments {
			t.waitHolds[c][k] = service[c][int(2*at)]
		}
		for b := range t.screenHolds[c] {
			for k, at := range moments {
				t.screenHolds[c][b][k] = later(ask, b, service[c], int(2*at), 2)
			}
		}
		for j := range kernel[c] {
			for v := 0; v < len(ask) && v/2 <= j; v++ {
				kernel[c][j] += ask[v] * service[c][j-v/2]
			}
		}
	}
	t.askAt = m.askRing.density(priorRing, priorCalls)
	t.ringAsk = left(t.askAt)
	for b := range t.ringHolds {
		for k, at := range moments {
			last := int(2 * at)
			sum := t.askAt[b] / 2 * kernel[ringClass[b]][last]
			for u := b + 1; u < ringBins && u-b <= last; u++ {
				sum += t.askAt[u] * kernel[ringClass[u]][last-(u-b)]
			}
			t.ringHolds[b][k] = sum
		}
	}
	for j := range rung {
		for u := 0; u <= j; u++ {
			rung[j] += t.askAt[u] * kernel[ringClass[u]][j-u]
		}
	}
	t.others(m)
	setup := m.setup.density(priorSetup, priorCalls)
	t.dialAsk = left(setup)
	dead := left(m.deadSetup.density(priorSetup, priorCalls))
	for b := range t.dialHolds {
		t.dialOther[b] = (1-t.ringShare(m))*dead[b] + t.ringShare(m)*t.dialAsk[b]
		for k, at := range moments {
			t.dialHolds[b][k] = later(setup, b, rung[:], int(2*at), 2)
		}
	}
	t.fresh(setup, ask)
	m.level.shape(t.askAt, t.ringAsk, t.ringOther, ringWidth)
}

// ringClass is the class of talk of calls that rang into each bin.
var ringClass = func() (c [ringBins]int) {
	for b := range c {
		c[b] = talkClass((float64(b) + 0.5) * ringWidth)
	}
	return c
}()

// later sums a density from bin b on, of which half of b itself counts as
// gone, times what table holds when so much less time is left: table goes by
// half seconds, of which last is now and per bins make one.
func later(d []float64, b int, table []float64, last, per int) float64 {
	sum := d[b] / 2 * table[last]
	for u := b + 1; u < len(d); u++ {
		i := last - (u-b)/per
		if i < 0 {
			break
		}
		sum += d[u] * table[i]
	}
	return sum
}

// slow says whether calls ask so late after their answer that AMD must be
// listening.
func slow(h hist) bool { return h.total() > 0 && h.counts[0]+h.counts[1] < h.total()/2 }

// ringShare is the share of the calls that never ask which ring at all.
func (t *tables) ringShare(m *Model) float64 {
	rings, never := m.lostRing.total()+m.mutedRing.total(), m.deadSetup.total()
	return (rings + 0.9*priorCalls) / (rings + never + priorCalls)
}

// others are the calls that ring and never ask: those answered by what AMD
// will call a machine, and those never answered.
func (t *tables) others(m *Model) {
	lost, muted := m.lostRing.total(), m.mutedRing.total()
	mute := muted / (lost + muted + priorCalls)
	ring := t.ringShare(m)
	mutedAt := m.mutedRing.density(priorMuted, 1)
	lostLeft, mutedLeft := left(m.lostRing.density(priorLost, priorCalls)), left(mutedAt)
	t.ringOther, t.mutedAt, t.dialOther = make([]float64, ringBins), make([]float64, ringBins), make([]float64, dialBins)
	for b := range t.ringOther {
		t.ringOther[b] = ring * (mute*mutedLeft[b] + (1-mute)*lostLeft[b])
		t.mutedAt[b] = ring * mute * mutedAt[b]
	}
}

// fresh is when a dial of now asks, should it ask: setup, ring and screening
// one after the other.
func (t *tables) fresh(setup, ask []float64) {
	var at [fine + 1]float64 // asks within each half second, the last one and later
	var ringAsk [fine + 1]float64
	for u, ring := range t.askAt {
		for v, share := range ask {
			ringAsk[min(u+v/2, fine)] += ring * share
		}
	}
	for d, share := range setup {
		for j, x := range ringAsk {
			at[min(j+d/2, fine)] += share * x
		}
	}
	t.freshAsks = moving{}
	k := 0
	for j, x := range at {
		for k < ahead-1 && float64(j) >= 2*moments[k] {
			k++
		}
		t.freshAsks[k] += x
	}
}

// merged is all classes together, and their weight as the start of one of them:
// that of five calls of its own.
func merged(classes []hazard) (all hazard, start []float64) {
	all = newHazard()
	n := 0.0
	for _, h := range classes {
		for i := range edges {
			all.ends[i] += h.ends[i]
			all.time[i] += h.time[i]
			n += h.ends[i]
		}
	}
	start = make([]float64, len(edges))
	for i := range start {
		start[i] = 5 * all.time[i] / (n + 5)
	}
	return all, start
}

// agents fills the tables of busy agents, and returns for each class of talk and
// each half second how likely a call that is connected now holds its agent still.
func (t *tables) agents(m *Model) (service [talkClasses][]float64) {
	const talkEnd, wrapEnd = 2600, 620
	allTalk, talkStart := merged(m.talk[:])
	talkRates := allTalk.rates(priorTalk, priorTalkTime)
	allWrap, wrapStart := merged(m.wrap[:])
	wrapRates := allWrap.rates(priorWrap, priorWrapTime)
	pause := (m.pauses + 0.2) / (m.wraps + 10)

	var wrap [wrapClasses][]float64
	for c := range wrap {
		wrap[c] = cumulate(m.wrap[c].rates(wrapRates, wrapStart), wrapEnd+reach)
		for row := range t.wrapBusy[c] {
			age := min(int(rowAge(row)), wrapEnd)
			var still [reach + 1]float64
			for s := range still {
				still[s] = math.Exp(wrap[c][age] - wrap[c][age+s])
			}
			for k, at := range moments {
				still := between(at+m.grace, still[:])
				t.wrapBusy[c][row][k] = still + (1-still)*pause
			}
		}
	}
	var wrapLeft [wrapClasses][reach + 1]float64
	for c := range wrapLeft {
		for s := range wrapLeft[c] {
			wrapLeft[c][s] = math.Exp(-wrap[c][s])
		}
	}
	for c := range talkClasses {
		talk := cumulate(m.talk[c].rates(talkRates, talkStart), talkEnd+reach)
		for row := range t.talkBusy[c] {
			back := returns(talk, min(int(rowAge(row)), talkEnd), &wrapLeft)
			for k, at := range moments {
				still := between(at+m.grace, back[:])
				t.talkBusy[c][row][k] = still + (1-still)*pause
			}
		}
		back := returns(talk, 0, &wrapLeft)
		service[c] = make([]float64, fine+1)
		for j := range service[c] {
			service[c][j] = between(float64(j)/2, back[:])
		}
	}
	return service
}

// reach is how many whole seconds ahead agents are looked at.
const reach = far + graceMost

// returns is the chance, for each second ahead, that an agent whose call is age
// old is not back by then: still talking, or in the wrap-up of a call that
// ended on the way.
func returns(talk []float64, age int, wrapLeft *[wrapClasses][reach + 1]float64) (busy [reach + 1]float64) {
	for s := range busy {
		busy[s] = math.Exp(talk[age] - talk[age+s])
	}
	talks := busy
	for u := range reach {
		ends := talks[u] - talks[u+1]
		w := &wrapLeft[wrapClass(float64(age+u))]
		for s := u + 1; s <= reach; s++ {
			busy[s] += ends * (w[s-u] + w[s-u-1]) / 2
		}
	}
	return busy
}

// between reads a table of whole seconds in between.
func between(s float64, of []float64) float64 {
	low := int(s)
	part := s - float64(low)
	return (1-part)*of[low] + part*of[min(low+1, len(of)-1)]
}

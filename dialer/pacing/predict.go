package pacing

import (
	"fmt"
	"math"
)

// predictive places dials one by one while the next one's chance of finding
// nobody stays under theta. The chance is averaged over the moments at which
// that dial would ask: at each, every call in flight needs an agent with its own
// chance, every busy agent is still busy with theirs, and the dial finds nobody
// when together they reach the size of the team.
func predictive(in Input) Decision {
	m := in.Model
	if m == nil {
		return progressive(in, BoundBudget, "nothing is learnt yet")
	}
	m.advance(in)
	o := m.steer.outlook(in, m.level.mean())
	m.steer.Aim = o.aim
	f := m.outlook(in)
	o.credit -= in.Elsewhere
	if !f.borne(o.credit) {
		d := m.careful(in, "no risk is borne now, "+o.said)
		d.Air = f.drops()
		return d
	}
	theta := min(m.Theta()*math.Exp(o.push), thetaMax)
	place, most, risk := 0, in.most(), f.risk(m)
	for place < most && risk < theta && f.borne(o.credit) {
		f.dial(m)
		place++
		risk = f.risk(m)
	}
	if place == most && risk < theta {
		place++ // limit says what bound it
	}
	return Decision{Place: place, Bound: BoundRisk, Air: f.drops(), Adapt: in.Adapt, Reason: fmt.Sprintf(
		"%s: %.1f agents expected free in %.0f s, %.1f answers in flight, %s; the next one's risk of a drop is %.1f %%, %.1f %% may be run",
		dials(place), f.views[0].free, moments[reason], f.asks(), o.said, 100*risk, 100*theta)}
}

// careful is what a ledger that bears no risk allows: one call per waiting
// agent, and more only while the risk is negligible even if answers were as
// frequent as can be believed.
func (m *Model) careful(in Input, why string) Decision {
	d := progressive(in, BoundBudget, why)
	if in.most() <= d.Place {
		return d
	}
	f := m.forecast(in, m.level.high(), &m.work.sums[0])
	for range d.Place {
		f.dial(m)
	}
	more := 0
	for most := in.most() - d.Place; more < most && f.risk(m) < thetaMin; more++ {
		f.dial(m)
	}
	if more > 0 {
		d.Place += more
		d.Reason = fmt.Sprintf("%s, %d of them at a risk under %.1f %%, %d ready, %s on the way: %s",
			dials(d.Place), more, 100*thetaMin, in.Ready, calls(in.Dialing+in.Waiting), why)
	}
	return d
}

// views is the floor as it looks with each half of what is believed of the
// share of dials that ask: where little is known of it the halves differ, and
// the risk is the mean of theirs, which is more than the mean's.
type views struct {
	views  [2]forecast
	weight [2]float64
	n      int
	burst  float64 // drops that come together
	worse  float64 // how much more frequent drops are than foreseen
}

func (m *Model) outlook(in Input) *views {
	v := &m.work.views
	low, high, upper := m.level.halves()
	*v = views{n: 1, weight: [2]float64{1}, burst: m.steer.burst()}
	// Where theta has settled below the aim, drops are that much more frequent
	// than they are foreseen.
	v.worse = number(m.steer.Aim/m.Theta(), 1, 3)
	if high-low < halvesApart*(high+low) {
		v.views[0] = m.forecast(in, m.level.mean(), &m.work.sums[0])
		return v
	}
	v.n, v.weight = 2, [2]float64{1 - upper, upper}
	v.views[0] = m.forecast(in, low, &m.work.sums[0])
	v.views[1] = m.forecast(in, high, &m.work.sums[1])
	return v
}

// halvesApart is the difference of the halves, by their sum, from which they
// are looked at one by one.
const halvesApart = 0.12

// risk is the chance that the next dial finds nobody, given that it asks.
func (v *views) risk(m *Model) float64 {
	risk, all := 0.0, 0.0
	for i := range v.n {
		w := v.weight[i] * v.views[i].share
		risk += w * v.views[i].risk(m)
		all += w
	}
	return risk / (all + 1e-12)
}

func (v *views) dial(m *Model) {
	for i := range v.n {
		v.views[i].dial(m)
	}
}

func (v *views) asks() (asks float64) {
	for i := range v.n {
		asks += v.weight[i] * v.views[i].asks
	}
	return asks
}

// borne says whether the ledger bears an upper bound of the drops that what is
// in the air may bring (they come in bursts, whose variance is their mean times
// the burst), and one drop more.
func (v *views) borne(credit float64) bool {
	drops := v.drops()
	return drops+2*math.Sqrt(drops*v.burst)+1 <= credit
}

// drops are those expected of what is in the air.
func (v *views) drops() (drops float64) {
	for i := range v.n {
		drops += v.weight[i] * v.views[i].drops
	}
	return drops * v.worse
}

// forecast is the floor at the moments ahead.
type forecast struct {
	sums  *[ahead]sum
	share float64 // of dials that ask
	free  float64 // agents expected free 6 s ahead, calls aside
	asks  float64 // calls expected to hold an agent 6 s ahead
	drops float64 // expected of what is in the air
}

func (m *Model) forecast(in Input, share float64, sums *[ahead]sum) forecast {
	team := in.Ready + in.Talking + in.WrapUp
	f := forecast{sums: sums, share: share}
	for k := range f.sums {
		f.sums[k].reset(team)
	}
	t := &m.tables
	busy := 0.0
	agents := in.Busy[:min(len(in.Busy), in.Talking+in.WrapUp)]
	for _, b := range agents {
		age := seconds(b.In)
		row := &t.talkBusy[talkClass(seconds(b.Rang))][ageRow(age, talkRows)]
		if b.WrapUp {
			row = &t.wrapBusy[wrapClass(seconds(b.Talked))][ageRow(age, wrapRows)]
		}
		f.add(row, 1)
		busy += row[reason]
	}
	for range in.Talking + in.WrapUp - len(agents) {
		f.add(&always, 1)
		busy++
	}
	f.free = float64(team) - busy
	var asks moving
	flights := in.Flights[:min(len(in.Flights), in.Dialing+in.Waiting)]
	for _, fl := range flights {
		holds, chance := m.flight(fl, f.share)
		f.add(holds, chance)
		for k := range asks {
			asks[k] += chance * holds[k]
		}
	}
	for range min(in.Dialing+in.Waiting-len(flights), 10_000) {
		f.add(&t.dialHolds[0], f.share)
		for k := range asks {
			asks[k] += f.share * t.dialHolds[0][k]
		}
	}
	f.asks = asks[reason]
	before := float64(in.Waiting)
	for k := range asks {
		f.drops += max(0, asks[k]-before) * f.sums[k].reach()
		before = max(before, asks[k])
	}
	return f
}

var always = func() (a moving) {
	for k := range a {
		a[k] = 1
	}
	return a
}()

func (f *forecast) add(holds *moving, chance float64) {
	for k := range f.sums {
		f.sums[k].add(chance * holds[k])
	}
}

// flight is when a call will hold an agent, and what scales it: its chance to
// be of the asking kind, given how far it has come without asking.
func (m *Model) flight(fl Flight, share float64) (holds *moving, scale float64) {
	t := &m.tables
	in := seconds(fl.In)
	switch m.stage(fl) {
	case StageDialing:
		b := m.setup.bin(in)
		return &t.dialHolds[b], ratio(share, t.dialAsk[b], (1-share)*t.dialOther[b])
	case StageRinging:
		b := m.askRing.bin(in)
		return &t.ringHolds[b], ratio(share, t.ringAsk[b], (1-share)*t.ringOther[b])
	case StageScreening:
		b, r := m.askScreen.bin(in), m.askRing.bin(seconds(fl.Rang))
		human := ratio(share*t.askAt[r], 1, (1-share)*t.mutedAt[r])
		return &t.screenHolds[talkClass(seconds(fl.Rang))][b], ratio(human, t.screenAsk[b], (1-human)*t.screenOther[b])
	}
	return &t.waitHolds[talkClass(seconds(fl.Rang))], 1
}

// ratio is p over p × left + others, what Bayes makes of a share p once only
// left of its kind and others of the rest remain.
func ratio(p, left, others float64) float64 { return p / (p*left + others + 1e-12) }

// risk is the next dial's chance to find nobody when it asks.
func (f *forecast) risk(m *Model) (risk float64) {
	for k := range f.sums {
		if w := m.tables.freshAsks[k]; w > 1e-4 {
			risk += w * f.sums[k].reach()
		}
	}
	return risk
}

// dial adds one dial to what is in the air.
func (f *forecast) dial(m *Model) {
	f.drops += f.share * f.risk(m)
	f.add(&m.tables.dialHolds[0], f.share)
}

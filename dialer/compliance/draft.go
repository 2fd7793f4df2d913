package compliance

import "encoding/json"

// Draft is the rule packs in use and others beside them, to try a change before
// it is made: it judges calls and changes nothing.
type Draft struct{ pack *pack }

// NewDraft adds a pack to those in use; name is how its file is called. What it
// refuses is what Use would refuse at start.
func NewDraft(name string, text []byte) (*Draft, error) {
	return (&Draft{current()}).With(name, text)
}

// NewSwitched is the rules in use with some switched.
func NewSwitched(set []Setting) (*Draft, error) {
	text, err := json.Marshal(map[string]any{"pack": "tried", "version": "2000-01-01", "set": set})
	if err != nil {
		return nil, err
	}
	return NewDraft("of the trial", text)
}

// With is the draft and one pack more.
func (d *Draft) With(name string, text []byte) (*Draft, error) {
	p, err := d.pack.with([]source{{name, text}})
	if err != nil {
		return nil, err
	}
	return &Draft{p}, nil
}

// Check judges a call by the draft.
func (d *Draft) Check(q Question) Verdict { return d.pack.check(q) }

// Version names the draft.
func (d *Draft) Version() string { return d.pack.version }

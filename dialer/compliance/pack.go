package compliance

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync/atomic"
)

//go:embed rules/*.json
var rulesFS embed.FS

// shipped are the rule packs of this binary. A broken one is a programming error
// and stops the process at start.
var shipped = func() *pack {
	p, err := load(rulesFS, "rules")
	if err != nil {
		panic("compliance: " + err.Error())
	}
	return p
}()

// inUse is the pack that Check asks.
var inUse atomic.Pointer[pack]

func init() { inUse.Store(shipped) }

func current() *pack { return inUse.Load() }

// pack is all packs together.
type pack struct {
	version  string
	packs    []Pack
	rules    []*Rule // all, those that are off too
	reserved []reserved
	unknown  map[string][]string

	hours  map[string][]*Rule // applied, by jurisdiction
	others map[string][]*Rule // the same of the other kinds that judge a call
	notice map[string][]*Rule // the same of KindRecording
}

// Pack is one file of rules.
type Pack struct {
	Name    string `json:"pack"`
	Version string `json:"version"` // the day it was made, YYYY-MM-DD
	Note    string `json:"note"`
	SHA256  string `json:"-"`
	Text    []byte `json:"-"` // the file as it is, to be kept beside what it decided
}

// file is how a pack is written.
type file struct {
	Pack
	Rules        []Rule               `json:"rules"`
	Set          []Setting            `json:"set"`
	Holidays     map[string]*Holidays `json:"holidays"`
	Reserved     []reserved           `json:"reserved"`
	UnknownZones map[string][]string  `json:"unknown_zones"`
}

// Setting switches a rule of another pack, for an operator who has had the law
// read.
type Setting struct {
	Rule   string `json:"rule"`
	Status Status `json:"status"`
	Why    string `json:"why"`
}

// reserved is a range of numbers that ring nobody.
type reserved struct {
	ID          string `json:"id"`
	Citation    string `json:"citation"`
	CountryCode string `json:"country_code"`
	Exchange    string `json:"exchange"` // of a geographic area code of the plan
	LineFrom    int    `json:"line_from"`
	LineTo      int    `json:"line_to"`
}

// Version names the packs in use, to be kept with what they decided: the newest
// one's day and a digest of all their text.
func Version() string { return current().version }

// Packs are the files in use.
func Packs() []Pack { return slices.Clone(current().packs) }

// Rules lists the rows of the packs in use, those that are switched off too.
func Rules() []Rule {
	all := make([]Rule, 0, len(current().rules))
	for _, r := range current().rules {
		all = append(all, *r)
	}
	return all
}

// RuleOf is the row of that id.
func RuleOf(id string) (Rule, bool) {
	for _, r := range current().rules {
		if r.ID == id {
			return *r, true
		}
	}
	return Rule{}, false
}

// Use adds the operator's own packs, the *.json files of a folder in the order
// of their names, to those of this binary. A rule takes the place of the shipped
// one of its id. It is called once, at start; what it refuses changes nothing,
// and its error is a sentence that names the file and the rule.
func Use(folder fs.FS) error {
	files, err := read(folder, ".")
	if err != nil {
		return err
	}
	p, err := shipped.with(files)
	if err != nil {
		return err
	}
	inUse.Store(p)
	return nil
}

// load reads the packs of a folder and tries every vector of theirs.
func load(folder fs.FS, dir string) (*pack, error) {
	files, err := read(folder, dir)
	if err != nil {
		return nil, err
	}
	return (&pack{}).with(files)
}

// source is a file of rules as it is written.
type source struct {
	name string
	text []byte
}

// read reads the packs of a folder in the order of their names.
func read(folder fs.FS, dir string) ([]source, error) {
	names, err := fs.Glob(folder, path.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	files := make([]source, len(names))
	for i, name := range names {
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, fmt.Errorf("rule pack %s: %w", path.Base(name), err)
		}
		files[i] = source{path.Base(name), text}
	}
	return files, nil
}

// with is the pack and those of some files.
func (p *pack) with(files []source) (*pack, error) {
	q := &pack{packs: slices.Clone(p.packs), rules: slices.Clone(p.rules), reserved: slices.Clone(p.reserved), unknown: map[string][]string{}}
	for place, zones := range p.unknown {
		q.unknown[place] = zones
	}
	var own []*Rule
	for _, f := range files {
		added, err := q.add(f.text)
		if err != nil {
			return nil, fmt.Errorf("rule pack %s: %w", f.name, err)
		}
		own = append(own, added...)
	}
	if err := q.finish(); err != nil {
		return nil, err
	}
	for _, r := range own {
		for i, v := range r.Vectors {
			if err := q.try(r, v); err != nil {
				return nil, fmt.Errorf("rule pack %s: rule %s does not do what its vector %d says: %w", r.Pack, r.ID, i+1, err)
			}
		}
	}
	return q, nil
}

// add reads one file. Its rules are kept, in place of those of the same id.
func (p *pack) add(text []byte) ([]*Rule, error) {
	var f file
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields() // a field nobody honours would be a law nobody keeps
	if err := dec.Decode(&f); err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	if dec.More() {
		return nil, fmt.Errorf("goes on after its end")
	}
	if _, err := day(f.Version, 0); err != nil || f.Name == "" || f.Version == "" {
		return nil, fmt.Errorf("needs a name (pack) and a version, the day YYYY-MM-DD on which it was made")
	}
	sum := sha256.Sum256(text)
	f.SHA256, f.Text = hex.EncodeToString(sum[:]), text
	if slices.ContainsFunc(p.packs, func(o Pack) bool { return o.Name == f.Name }) {
		return nil, fmt.Errorf("there is a pack %q already", f.Name)
	}
	p.packs = append(p.packs, f.Pack)
	for name, h := range f.Holidays {
		if err := h.parse(); err != nil {
			return nil, fmt.Errorf("holidays of %s: %w", name, err)
		}
	}
	seen, own := map[string]bool{}, make([]*Rule, 0, len(f.Rules))
	for i := range f.Rules {
		r := &f.Rules[i]
		r.Pack = f.Name
		if err := r.parse(f.Holidays); err != nil {
			return nil, fmt.Errorf("rule %q: %w", r.ID, err)
		}
		if seen[r.ID] {
			return nil, fmt.Errorf("rule %q stands twice", r.ID)
		}
		seen[r.ID] = true
		p.put(r)
		own = append(own, r)
	}
	for _, s := range f.Set {
		if err := p.set(s, f.Name); err != nil {
			return nil, err
		}
	}
	p.reserved = append(p.reserved, f.Reserved...)
	for place, zones := range f.UnknownZones {
		for _, z := range zones {
			if location(z) == nil {
				return nil, fmt.Errorf("unknown_zones of %s: there is no zone %q", place, z)
			}
		}
		p.unknown[place] = zones
	}
	return own, nil
}

func (p *pack) put(r *Rule) {
	for i, old := range p.rules {
		if old.ID == r.ID {
			p.rules[i] = r
			return
		}
	}
	p.rules = append(p.rules, r)
}

// set switches a rule.
func (p *pack) set(s Setting, by string) error {
	for i, old := range p.rules {
		if old.ID != s.Rule {
			continue
		}
		switch {
		case !slices.Contains([]Status{StatusOn, StatusStrict, StatusOff}, s.Status):
			return fmt.Errorf("set %s: status %q is not on, strict or off", s.Rule, s.Status)
		case s.Why == "":
			return fmt.Errorf("set %s: say why", s.Rule)
		}
		r := *old
		r.Status, r.Note, r.Pack = s.Status, "Set by "+by+": "+s.Why, by
		p.rules[i] = &r
		return nil
	}
	return fmt.Errorf("set: there is no rule %q", s.Rule)
}

// finish sorts the rules by what asks them.
func (p *pack) finish() error {
	p.hours, p.others, p.notice = map[string][]*Rule{}, map[string][]*Rule{}, map[string][]*Rule{}
	for _, r := range p.rules {
		switch {
		case r.Status == StatusOff:
		case r.Kind == KindHours:
			p.hours[r.Jurisdiction] = append(p.hours[r.Jurisdiction], r)
		case r.Kind == KindRecording:
			p.notice[r.Jurisdiction] = append(p.notice[r.Jurisdiction], r)
		case r.Kind.judges():
			p.others[r.Jurisdiction] = append(p.others[r.Jurisdiction], r)
		}
	}
	if len(p.hours["*"]) == 0 {
		return fmt.Errorf("the rule packs need hours for countries without a rule of their own (jurisdiction *)")
	}
	newest, all := "", sha256.New()
	for _, k := range p.packs {
		newest = max(newest, k.Version)
		all.Write([]byte(k.SHA256))
	}
	p.version = newest + "." + hex.EncodeToString(all.Sum(nil))[:8]
	return nil
}

// hoursOf are the hours for the jurisdictions: a country without hours of its
// own gets those of "*".
func (p *pack) hoursOf(places []string) []*Rule {
	var all []*Rule
	country := false
	for _, place := range places {
		rules := p.hours[place]
		if !strings.Contains(place, "-") {
			country = true
			if len(rules) == 0 {
				rules = p.hours["*"]
			}
		}
		for _, r := range rules {
			if !slices.Contains(all, r) {
				all = append(all, r)
			}
		}
	}
	if !country {
		all = append(all, p.hours["*"]...)
	}
	return all
}

// othersOf are the rules of the other kinds that judge a call.
func (p *pack) othersOf(places []string) []*Rule {
	all := p.others["*"]
	for _, place := range places {
		if rules := p.others[place]; len(rules) > 0 {
			all = append(slices.Clip(all), rules...)
		}
	}
	return all
}

// Compare orders rules as a census shows them: by pack, the applied ones first.
func Compare(a, b Rule) int {
	return cmp.Or(cmp.Compare(a.Jurisdiction, b.Jurisdiction), cmp.Compare(a.ID, b.ID))
}

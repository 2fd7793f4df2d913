package desk

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/ui"
)

// model is what the page holds before its first snapshot.
type model struct {
	Frame    ui.Frame
	Campaign string
	Phone    dialer.PhoneKind
	Groups   []pickGroup
	Pauses   []pick
	Presets  []pick // to whom calls are passed on
	Kept     bool   // the agent asked for another campaign than the shift's
}

// pickGroup is a heading and its choices.
type pickGroup struct {
	Name  string
	Picks []pick
}

// pick is a choice with its key.
type pick struct {
	Key   string // digit or letter, or O and a letter; "": none is left
	Value string
	Name  string
}

func newModel(f ui.Frame, shift facts.Shift, statuses []facts.StatusChoice, codes []facts.PauseChoice, presets []facts.TransferPreset) model {
	m := model{Frame: f, Campaign: string(shift.Session.CampaignID), Phone: shift.Phone.Kind}
	m.Groups = groupsOf(statuses)
	for i, c := range codes {
		m.Pauses = append(m.Pauses, pick{keyOf(i), c.Code, c.Name})
	}
	for i, p := range presets {
		m.Presets = append(m.Presets, pick{keyOf(i), p.E164, p.Name})
	}
	return m
}

// groupsOf puts the outcomes under their headings, those without one last. Which
// key an outcome has depends on its own place only: regrouping moves none.
func groupsOf(statuses []facts.StatusChoice) []pickGroup {
	keys := keysOf(statuses)
	order := make([]int, len(statuses))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		s, t := statuses[a], statuses[b]
		if (s.GroupID == 0) != (t.GroupID == 0) {
			return cmp.Compare(t.GroupID, s.GroupID)
		}
		return cmp.Or(cmp.Compare(s.Place, t.Place), cmp.Compare(s.GroupID, t.GroupID))
	})
	var all []pickGroup
	last := int64(-1)
	for _, i := range order {
		s := statuses[i]
		if s.GroupID != last {
			name := s.Group
			if name == "" && len(all) > 0 {
				name = "Other"
			}
			all, last = append(all, pickGroup{Name: name}), s.GroupID
		}
		g := &all[len(all)-1]
		g.Picks = append(g.Picks, pick{keys[i], string(s.Status), s.Name})
	}
	return all
}

// spare are the keys that dispositions may have: digits, and the letters that no
// action of the desk has.
const spare = "1234567890AIJUYZ"

// second are the letters that choose further dispositions after O, the key of
// their card.
const second = "ABCDEFGHIJKLMNPQRSTUVWXYZ"

// keysOf gives each disposition its key: the one that was set up for it, else
// the first that is free; "" where none is left, after forty.
func keysOf(statuses []facts.StatusChoice) []string {
	taken := map[string]bool{}
	keys := make([]string, len(statuses))
	for i, s := range statuses {
		if s.Hotkey != "" && strings.Contains(spare, s.Hotkey) && !taken[s.Hotkey] {
			keys[i], taken[s.Hotkey] = s.Hotkey, true
		}
	}
	free := freeKeys(taken)
	for i := range keys {
		if keys[i] == "" && len(free) > 0 {
			keys[i], free = free[0], free[1:]
		}
	}
	return keys
}

// freeKeys are the keys for dispositions that none has, the shortest first.
func freeKeys(taken map[string]bool) (free []string) {
	for _, key := range spare {
		if !taken[string(key)] {
			free = append(free, string(key))
		}
	}
	for _, key := range second {
		free = append(free, "O"+string(key))
	}
	return free
}

// shownKey is a key as it is printed: two are pressed one after the other.
func shownKey(key string) string { return strings.Join(strings.Split(key, ""), " ") }

// keyOf is the key of the i-th choice: 1 to 9, then 0.
func keyOf(i int) string {
	if i > 9 {
		return ""
	}
	return strconv.Itoa((i + 1) % 10)
}

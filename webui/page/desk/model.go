package desk

import (
	"strconv"

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
	Kept     bool // the agent asked for another campaign than the shift's
}

// pickGroup is a heading and its choices.
type pickGroup struct {
	Name  string
	Picks []pick
}

// pick is a choice with its key.
type pick struct {
	Key   string // 1 to 9, 0; "": none is left
	Value string
	Name  string
}

func newModel(f ui.Frame, shift facts.Shift, statuses []facts.StatusChoice, codes []facts.PauseChoice) model {
	m := model{Frame: f, Campaign: string(shift.Session.CampaignID), Phone: shift.Phone.Kind}
	for i, s := range statuses {
		if n := len(m.Groups); n == 0 || m.Groups[n-1].Name != s.Category {
			m.Groups = append(m.Groups, pickGroup{Name: s.Category})
		}
		g := &m.Groups[len(m.Groups)-1]
		g.Picks = append(g.Picks, pick{keyOf(i), string(s.Status), s.Name})
	}
	for i, c := range codes {
		m.Pauses = append(m.Pauses, pick{keyOf(i), c.Code, c.Name})
	}
	return m
}

// keyOf is the key of the i-th choice: 1 to 9, then 0.
func keyOf(i int) string {
	if i > 9 {
		return ""
	}
	return strconv.Itoa((i + 1) % 10)
}

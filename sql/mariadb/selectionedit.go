package mariadb

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/hopper"
)

// selectionState is what a campaign's selection goes by as the audit log has it:
// what is a table of its own in one line.
type selectionState struct {
	Then            string `db:"order_then" json:"order_then"`
	Filter          string `db:"lead_filter" json:"lead_filter"`
	MixMethod       string `db:"mix_method" json:"-"`
	Mix             string `db:"-" json:"mix"`
	Recycling       string `db:"-" json:"recycling"`
	AutoAlt         string `db:"auto_alt" json:"auto_alt"`
	AltAfter        string `db:"auto_alt_statuses" json:"auto_alt_statuses"`
	CustomCallerID  bool   `db:"custom_caller_id" json:"custom_caller_id"`
	CallbackRelease int    `db:"callback_release_min" json:"callback_release_min"`
}

func readSelection(ctx context.Context, tx *sqlx.Tx, campaign dialer.CampaignID) (audit.Fields, error) {
	var s selectionState
	var recycles []recycleRow
	var groups []recycledGroup
	var mix []mixRow
	err := errors.Join(
		tx.GetContext(ctx, &s, selectionOf, campaign), tx.SelectContext(ctx, &recycles, selectionRecycle, campaign),
		tx.SelectContext(ctx, &groups, selectionGroups, campaign), tx.SelectContext(ctx, &mix, selectionMix, campaign),
	)
	if err != nil {
		return nil, kind(err)
	}
	var lines []string
	for _, r := range recycles {
		lines = append(lines, recycling(string(r.Status), r.Delay, r.Max))
	}
	for _, g := range groups {
		lines = append(lines, recycling("group "+g.Name, g.Delay, g.Max))
	}
	s.Recycling = strings.Join(lines, "; ")
	steps := make([]MixStep, len(mix))
	for i, m := range mix {
		steps[i] = MixStep{List: m.List, Percent: m.Percent, Order: m.Order, Statuses: m.Statuses}
	}
	s.Mix = mixLine(s.MixMethod, steps)
	return audit.FieldsOf(s)
}

func recycling(of string, seconds, most int) string {
	return fmt.Sprintf("%s after %s, %d times", of, inMinutes(time.Duration(seconds)*time.Second), most)
}

// mixLine is a list mix in words: EVEN: 1024 60 % UP RANK (NEW NA), 1025 40 % DOWN.
func mixLine(method string, steps []MixStep) string {
	if method == "" {
		return ""
	}
	var words []string
	for _, st := range steps {
		word := fmt.Sprintf("%d %d %% %s", st.List, st.Percent, cmp.Or(st.Order, "DOWN"))
		if st.Statuses != "" {
			word += " (" + st.Statuses + ")"
		}
		words = append(words, word)
	}
	return method + ": " + strings.Join(words, ", ")
}

// filterLine is a filter in words: state is TX, OK; or called_count less than 3.
func filterLine(f hopper.Filter) string {
	var words []string
	for _, c := range f.Where {
		if c.Group != nil {
			words = append(words, "("+filterLine(*c.Group)+")")
			continue
		}
		words = append(words, strings.TrimSpace(c.Field+" "+string(c.Op)+" "+joinValues(c.Values)))
	}
	return strings.Join(words, map[bool]string{true: " or ", false: " and "}[f.Any])
}

// meant is what somebody typed into a form about a campaign's selection, by the
// names that the audit log has for it, and how many changes the campaign had seen
// when the form was drawn.
type meant struct {
	seen  int
	typed any // a struct or map of the fields that the form has
}

// change runs a change of a campaign with its audit row, which says what the
// change made of the selection. The campaign's time of change moves, so that the
// filler looks at all its leads again.
func (s *Selection) change(ctx context.Context, by audit.By, campaign dialer.CampaignID, action string, do func(*sqlx.Tx) error) error {
	return s.edit(ctx, by, campaign, action, nil, func(tx *sqlx.Tx, _ audit.Fields) error { return do(tx) })
}

// edit is change by a form (nil: by a command, which says all there is to say). do
// is told what the form's fields come to together with what others saved since it
// was drawn; where both changed one, the error is an *audit.Conflict.
func (s *Selection) edit(ctx context.Context, by audit.By, campaign dialer.CampaignID, action string, m *meant, do func(tx *sqlx.Tx, is audit.Fields) error) error {
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		var id dialer.CampaignID
		if err := tx.GetContext(ctx, &id, selectionLock, campaign); err != nil {
			return kind(err)
		}
		before, err := readSelection(ctx, tx, campaign)
		if err != nil {
			return err
		}
		is, err := merged(ctx, tx, object("campaign", campaign), before, m)
		if err != nil {
			return err
		}
		if err := do(tx, is); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, selectionChanged, by.At, campaign); err != nil {
			return kind(err)
		}
		after, err := readSelection(ctx, tx, campaign)
		if err != nil {
			return err
		}
		return note(ctx, tx, by, action, object("campaign", campaign), before, after)
	})
}

// merged brings the fields of a form together with what stands now.
func merged(ctx context.Context, tx *sqlx.Tx, object string, now audit.Fields, m *meant) (audit.Fields, error) {
	if m == nil {
		return nil, nil
	}
	typed, err := audit.FieldsOf(m.typed)
	if err != nil {
		return nil, err
	}
	mine := audit.Fields{}
	for name := range typed {
		mine[name] = now[name]
	}
	var since []audit.Entry
	if err := tx.SelectContext(ctx, &since, auditSince, object, m.seen); err != nil {
		return nil, kind(err)
	}
	is, clashes, err := audit.Merge(mine, since, nil, typed)
	if len(clashes) > 0 {
		return nil, &audit.Conflict{Seen: since[len(since)-1].N, Clashes: clashes}
	}
	return is, err
}

// filterState is a filter as the audit log has it.
type filterState struct {
	Conditions string `json:"conditions"`
}

// readFilter is the filter of a name, "" for one that is not there.
func readFilter(ctx context.Context, tx *sqlx.Tx, name string) (filterState, error) {
	var stored []string
	if err := tx.SelectContext(ctx, &stored, filterConditions, name); err != nil || len(stored) == 0 {
		return filterState{}, kind(err)
	}
	var groups []groupName
	if err := tx.SelectContext(ctx, &groups, statusGroupNames); err != nil {
		return filterState{}, kind(err)
	}
	names := map[string]string{}
	for _, g := range groups {
		names[g.ID] = g.Name
	}
	f, err := hopper.ParseFilter(stored[0])
	if err == nil {
		f, err = f.Renamed(func(id string) (string, error) { return cmp.Or(names[id], "deleted"), nil })
	}
	if err != nil {
		return filterState{stored[0]}, nil // as it stands: it cannot be read
	}
	return filterState{filterLine(f)}, nil
}

// setFilter saves a filter that stands under a name; seen as in meant, below 0 by
// a command.
func (s *Selection) setFilter(ctx context.Context, by audit.By, name string, f hopper.Filter, seen int) error {
	if err := f.Check(); err != nil {
		return err
	}
	if err := s.known(ctx, f); err != nil {
		return err
	}
	kept, err := s.byID(ctx, f)
	if err != nil {
		return err
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		before, err := readFilter(ctx, tx, name)
		if err != nil {
			return err
		}
		if seen >= 0 {
			now, err := audit.FieldsOf(before)
			if err != nil {
				return err
			}
			if _, err := merged(ctx, tx, object("filter", name), now, &meant{seen, filterState{filterLine(f)}}); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, filterSet, name, text, by.At); err != nil {
			return kind(err)
		}
		after, err := readFilter(ctx, tx, name)
		if err != nil {
			return err
		}
		return note(ctx, tx, by, "filter.save", object("filter", name), before, after)
	})
}

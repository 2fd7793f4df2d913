package mariadb

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

// NewGroups keeps the user groups.
func NewGroups(db *DB) *Catalog[facts.Group] {
	return catalog(db, "group", false, func(g facts.Group) string { return g.ID },
		"These users are in it: %s. Put them into another group first.")
}

// NewPhones keeps the phones as the admin pages show them.
func NewPhones(db *DB) *Catalog[facts.SetPhone] {
	c := catalog(db, "phone", true, func(p facts.SetPhone) string { return strconv.FormatInt(int64(p.ID), 10) },
		"%s is on shift with it. Delete it when the shift is over.")
	c.after = changedPhones
	return c
}

// NewStatuses keeps the dispositions.
func NewStatuses(db *DB) *Catalog[facts.SetStatus] {
	c := catalog(db, "status", false, func(s facts.SetStatus) string { return string(s.Status) },
		"These campaigns dial leads with it again: %s. Take it out of their settings first.")
	c.stays = outcomeOfCalls
	return c
}

var statusCalled = queries.Get("status-called")

// outcomeOfCalls keeps a status that calls ended with: without it the reports and
// the laws' drop counts would no longer know which calls met a person, or sold.
func outcomeOfCalls(ctx context.Context, tx *sqlx.Tx, status string) error {
	var called bool
	err := tx.GetContext(ctx, &called, statusCalled, status, status)
	if err == nil && called {
		return dialer.Explain(dialer.ErrConflict, "Calls ended with it, and the reports have to know what it means. Clear Agents may choose it and save: then it is no longer on the desk.")
	}
	return kind(err)
}

// NewStatusGroups keeps the headings under which dispositions stand.
func NewStatusGroups(db *DB) *Catalog[facts.StatusGroup] {
	return catalog(db, "statusgroup", true, func(g facts.StatusGroup) string { return strconv.FormatInt(g.ID, 10) },
		"These statuses are in it: %s. Put them into another group first.")
}

// NewPauseCodes keeps the reasons to pause.
func NewPauseCodes(db *DB) *Catalog[facts.SetPauseCode] {
	return catalog(db, "pausecode", false, func(c facts.SetPauseCode) string { return c.Code + "." + string(c.Campaign) }, "")
}

// NewScripts keeps the agents' scripts.
func NewScripts(db *DB) *Catalog[facts.Script] {
	return catalog(db, "script", false, func(s facts.Script) string { return s.ID },
		"These campaigns show it: %s. Give them another script first.")
}

// NewWebForms keeps the pages elsewhere that agents open.
func NewWebForms(db *DB) *Catalog[facts.WebForm] {
	return catalog(db, "webform", false, func(f facts.WebForm) string { return f.ID }, "")
}

// NewTransferPresets keeps to whom agents pass calls on.
func NewTransferPresets(db *DB) *Catalog[facts.TransferPreset] {
	return catalog(db, "preset", true, func(p facts.TransferPreset) string { return strconv.FormatInt(p.ID, 10) }, "")
}

var (
	carrierOutcomes      = queries.Get("carrier-own-outcomes")
	carrierOutcomesClear = queries.Get("carrier-own-outcomes-clear")
	carrierOutcomesAdd   = queries.Get("carrier-own-outcomes-add")
)

// NewTrunks keeps the carriers with what their refusals mean.
func NewTrunks(db *DB) *Trunks {
	c := catalog(db, "carrier", true, func(t facts.Trunk) string { return strconv.FormatInt(int64(t.ID), 10) },
		"These campaigns dial over it: %s. Give them another carrier first.")
	c.with = readOutcomes
	c.also = writeOutcomes
	return &Trunks{c}
}

// Trunks keeps the carriers with what their refusals mean, and their passwords.
type Trunks struct{ *Catalog[facts.Trunk] }

var (
	carrierLock          = queries.Get("carrier-lock")
	carrierSecret        = queries.Get("carrier-secret")
	carrierRegistrations = queries.Get("carrier-registrations")
	phonePlaces          = queries.Get("phone-places")
)

// SetSecret gives a carrier another password; "" takes it away. That it changed
// stands in the audit log, and nothing of the password.
func (t *Trunks) SetSecret(ctx context.Context, by audit.By, key, secret string) error {
	if !t.valid(key) {
		return dialer.ErrNotFound
	}
	return t.db.Tx(ctx, func(tx *sqlx.Tx) error {
		var was string
		if err := tx.GetContext(ctx, &was, carrierLock, key); err != nil {
			return kind(err)
		}
		if was == secret {
			return nil
		}
		if _, err := tx.ExecContext(ctx, carrierSecret, secret, key); err != nil {
			return kind(err)
		}
		said := map[bool]string{true: "set", false: "none"}
		type told struct {
			Password string `json:"password"`
		}
		is := told{said[secret != ""]}
		if was != "" && secret != "" {
			is.Password = "another"
		}
		return note(ctx, tx, by, "carrier.password", object(t.kind, key), told{said[was != ""]}, is)
	})
}

// Registrations are how the servers' registrations with a carrier stand.
func (t *Trunks) Registrations(ctx context.Context, carrier dialer.CarrierID) ([]facts.RegistrationLine, error) {
	var all []facts.RegistrationLine
	err := t.db.x.SelectContext(ctx, &all, carrierRegistrations, carrier)
	return all, kind(err)
}

// PhonePlaces are the addresses from which phones come: browsers that were seen
// within a day before now, and phones at fixed addresses. Where a phone on a desk
// registers from, only its Asterisk knows.
func (t *Trunks) PhonePlaces(ctx context.Context, now time.Time) ([]facts.PhonePlace, error) {
	var all []facts.PhonePlace
	if err := t.db.x.SelectContext(ctx, &all, phonePlaces, now, now.AddDate(0, 0, -1)); err != nil {
		return nil, kind(err)
	}
	for i, p := range all {
		if p.Contact != "" { // sip:NAME@HOST:PORT
			_, at, _ := strings.Cut(p.Contact, "@")
			p.Host = at
			if host, _, err := net.SplitHostPort(at); err == nil {
				p.Host = host
			}
		}
		all[i].Host = strings.ToLower(strings.Trim(p.Host, "[]"))
	}
	return all, nil
}

func readOutcomes(ctx context.Context, q sqlx.QueryerContext, key string, t *facts.Trunk) error {
	var rows []struct {
		Kind   string `db:"kind"`
		Code   int    `db:"code"`
		Status string `db:"status"`
	}
	if err := sqlx.SelectContext(ctx, q, &rows, carrierOutcomes, key); err != nil {
		return kind(err)
	}
	var lines []string
	for _, r := range rows {
		word := "cause"
		if r.Kind == "sip" {
			word = "SIP"
		}
		lines = append(lines, fmt.Sprintf("%s %d %s", word, r.Code, r.Status))
	}
	t.Outcomes = strings.Join(lines, "\n")
	return nil
}

// writeOutcomes writes lines as the page has checked them.
func writeOutcomes(ctx context.Context, tx *sqlx.Tx, key string, t facts.Trunk) error {
	if _, err := tx.ExecContext(ctx, carrierOutcomesClear, key); err != nil {
		return kind(err)
	}
	for line := range strings.Lines(t.Outcomes) {
		word := strings.Fields(line)
		if len(word) != 3 {
			return fmt.Errorf("outcome %q of carrier %s", line, t.Name)
		}
		if _, err := tx.ExecContext(ctx, carrierOutcomesAdd, key, strings.ToLower(word[0]), word[1], word[2]); err != nil {
			return kind(err)
		}
	}
	return nil
}

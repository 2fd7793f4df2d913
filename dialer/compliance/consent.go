package compliance

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"trunkline/dialer"
)

// Said is what a row of the ledger of consents records.
type Said string

// The kinds of row.
const (
	SaidConsent Said = "consent" // may be called
	SaidRevoke  Said = "revoke"  // may not, from now on
)

// ConsentRow is one row of the ledger of consents: append-only, each row's hash
// covering the hash of the row before it.
type ConsentRow struct {
	N        int64         `db:"n" json:"n"`                         // 1, 2, 3 …
	At       time.Time     `db:"at" json:"at"`                       // when it was said, to the millisecond
	E164     string        `db:"e164" json:"number"`                 //
	Kind     Said          `db:"kind" json:"kind"`                   //
	Level    Level         `db:"level" json:"level,omitempty"`       // of a consent
	Source   string        `db:"source" json:"source"`               // agent, key, admin, api, cli
	User     dialer.UserID `db:"user_id" json:"user,omitempty"`      // 0: nobody signed in
	Evidence string        `db:"evidence" json:"evidence,omitempty"` // where the proof lies, up to 255 letters
	Prev     string        `db:"prev" json:"prev"`                   // hash of the row before; of the first: ""
	Hash     string        `db:"hash" json:"hash"`                   //
}

// Check says what is wrong with a row that is to be appended, or nil.
func (r ConsentRow) Check() error {
	say := func(format string, args ...any) error {
		return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf(format, args...))
	}
	switch {
	case !wellFormed(r.E164):
		return say("%q is not a number in E.164 form, such as +12125550123.", r.E164)
	case r.Kind != SaidConsent && r.Kind != SaidRevoke:
		return say("%q is neither consent nor revoke.", r.Kind)
	case r.Kind == SaidConsent && r.Level != LevelExpress && r.Level != LevelWritten:
		return say("%q is no level of consent: express or written.", r.Level)
	case r.Kind == SaidConsent && r.Evidence == "":
		return say("Say where the proof of the consent lies: a form, a recording, a file.")
	case r.Kind == SaidRevoke && r.Level != "":
		return say("A revocation has no level.")
	case len([]rune(r.Evidence)) > 255:
		return say("The evidence is longer than 255 letters; name the file that has it.")
	case r.Source == "" || len(r.Source) > 16:
		return say("%q is no source.", r.Source)
	case r.At.IsZero():
		return say("The time at which it was said is missing.")
	}
	return nil
}

// Chained is the row as it is appended after another.
func (r ConsentRow) Chained(n int64, prev string) ConsentRow {
	r.N, r.Prev, r.At = n+1, prev, r.At.UTC().Truncate(time.Millisecond)
	r.Hash = r.sum()
	return r
}

// sum is the row's hash: SHA-256 of its fields and of the hash before, as a JSON
// array, so that no two rows write alike.
func (r ConsentRow) sum() string {
	text, err := json.Marshal([]any{r.N, r.At.UTC().Format("2006-01-02T15:04:05.000Z"), r.E164, r.Kind, r.Level, r.Source, r.User, r.Evidence, r.Prev})
	if err != nil { // of strings and numbers
		panic(err)
	}
	hash := sha256.Sum256(text)
	return hex.EncodeToString(hash[:])
}

// Chain verifies rows in their order. The zero Chain expects the first.
type Chain struct {
	N    int64
	Hash string
}

// Next takes the next row; its error is a sentence that names the row.
func (c *Chain) Next(r ConsentRow) error {
	switch {
	case r.N != c.N+1:
		return fmt.Errorf("row %d is missing: after row %d comes row %d", c.N+1, c.N, r.N)
	case r.Prev != c.Hash:
		return fmt.Errorf("row %d does not follow row %d: it names another hash as the one before it", r.N, c.N)
	case r.Hash != r.sum():
		return fmt.Errorf("row %d (%s of %s) was changed after it was written: its hash is another", r.N, r.Kind, r.E164)
	}
	c.N, c.Hash = r.N, r.Hash
	return nil
}

// Fold is the consent after one more row; rows come in their order.
func (c Consent) Fold(r ConsentRow) Consent {
	switch {
	case r.Kind == SaidRevoke:
		c.Revoked = r.At
	case !r.At.Before(c.Given):
		c.Given, c.Written = r.At, r.Level == LevelWritten
	}
	return c
}

package mariadb_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
)

// TestTransactionOfADeadHost: who holds locks and says nothing more, as a host
// without power, keeps them for some seconds only, and what it had not committed
// is undone.
func TestTransactionOfADeadHost(t *testing.T) {
	h := newHopperDB(t)
	for name, statement := range map[string]string{
		"it wrote":       `UPDATE lists SET name = 'of the dead' WHERE id = 101`,
		"it only locked": `SELECT id FROM lists WHERE id = 101 FOR UPDATE`,
	} {
		t.Run(name, func(t *testing.T) {
			locked, goOn := make(chan struct{}), make(chan struct{})
			ended := make(chan error, 1)
			go func() {
				ended <- h.db.Tx(context.WithoutCancel(t.Context()), func(tx *sqlx.Tx) error {
					if _, err := tx.Exec(statement); err != nil {
						return err
					}
					close(locked)
					<-goOn
					_, err := tx.Exec(`UPDATE lists SET name = 'late' WHERE id = 101`)
					return err
				})
			}()
			<-locked
			err := h.db.Tx(t.Context(), func(tx *sqlx.Tx) error {
				_, err := tx.Exec(`UPDATE lists SET name = CONCAT(name, '+') WHERE id = 101`)
				return err
			})
			close(goOn)
			if err != nil {
				t.Errorf("the living waited for the dead: %v", err)
			}
			if err := <-ended; err == nil || errors.Is(err, dialer.ErrConflict) {
				t.Errorf("the dead one's transaction: %v", err)
			}
			if n := h.count(`SELECT COUNT(*) FROM lists WHERE name LIKE '%dead%' OR name LIKE '%late%'`); n > 0 {
				t.Error("what was not committed is there")
			}
		})
	}
}

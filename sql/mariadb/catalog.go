package mariadb

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/queries"
)

// Catalog keeps the things of one kind that people set up: webui/catalog's
// Store. Its statements have one prefix: PREFIX-all, -one (by key, also locks
// with FOR UPDATE), -add, -save, -delete and, where others refer to the kind,
// -used, which names them.
type Catalog[T any] struct {
	db      *DB
	kind    string // as the audit log names the kind
	numeric bool   // keys are numbers that the database gives
	key     func(T) string
	inUse   string // the refusal to delete, %s being what refers to it

	all, one, add, save, remove, used string

	// with reads, and also writes, what of a thing stands in other tables.
	with func(ctx context.Context, q sqlx.QueryerContext, key string, thing *T) error
	also func(ctx context.Context, tx *sqlx.Tx, key string, thing T) error
	// stays refuses to delete by a *dialer.Problem, where inUse is not enough.
	stays func(ctx context.Context, tx *sqlx.Tx, key string) error
	// after ends the transaction of each change.
	after func(ctx context.Context, tx *sqlx.Tx) error
}

func catalog[T any](db *DB, kind string, numeric bool, key func(T) string, inUse string) *Catalog[T] {
	c := &Catalog[T]{
		db: db, kind: kind, numeric: numeric, key: key, inUse: inUse,
		all: queries.Get(kind + "-all"), one: queries.Get(kind + "-one"), add: queries.Get(kind + "-add"),
		save: queries.Get(kind + "-save"),
	}
	if inUse == neverDeleted {
		return c
	}
	c.remove = queries.Get(kind + "-delete")
	if inUse != "" {
		c.used = queries.Get(kind + "-used")
	}
	return c
}

// neverDeleted in place of a refusal: the kind has no -delete.
const neverDeleted = "-"

// All are all things by key.
func (c *Catalog[T]) All(ctx context.Context) ([]T, error) {
	var all []T
	err := c.db.x.SelectContext(ctx, &all, c.all)
	return all, kind(err)
}

// One is the thing of a key with the number of changes it has seen.
func (c *Catalog[T]) One(ctx context.Context, key string) (audit.Record[T], error) {
	if !c.valid(key) {
		return audit.Record[T]{}, dialer.ErrNotFound
	}
	return readRecord(ctx, c.db, object(c.kind, key), func() (T, error) {
		var thing T
		err := c.db.x.GetContext(ctx, &thing, c.one, key)
		if err == nil && c.with != nil {
			err = c.with(ctx, c.db.x, key, &thing)
		}
		return thing, kind(err)
	})
}

// valid keeps the database from taking the number at the beginning of a text
// for the text.
func (c *Catalog[T]) valid(key string) bool {
	if !c.numeric {
		return true
	}
	n, err := strconv.ParseInt(key, 10, 64)
	return err == nil && strconv.FormatInt(n, 10) == key
}

func (c *Catalog[T]) lock(ctx context.Context, tx *sqlx.Tx, key string) (T, error) {
	var thing T
	err := tx.GetContext(ctx, &thing, c.one+" FOR UPDATE", key)
	if err == nil && c.with != nil {
		err = c.with(ctx, tx, key, &thing)
	}
	return thing, kind(err)
}

// Create makes a new thing.
func (c *Catalog[T]) Create(ctx context.Context, by audit.By, thing T) (string, error) {
	var key string
	err := c.db.Tx(ctx, func(tx *sqlx.Tx) error {
		var err error
		key, err = c.insert(ctx, tx, by, thing)
		return err
	})
	return key, err
}

func (c *Catalog[T]) insert(ctx context.Context, tx *sqlx.Tx, by audit.By, thing T) (string, error) {
	res, err := tx.NamedExecContext(ctx, c.add, thing)
	if err != nil {
		return "", kind(err)
	}
	key := c.key(thing)
	if c.numeric {
		n, err := res.LastInsertId()
		if err != nil {
			return "", err
		}
		key = strconv.FormatInt(n, 10)
	}
	if c.also != nil {
		if err := c.also(ctx, tx, key, thing); err != nil {
			return "", err
		}
	}
	if c.after != nil {
		if err := c.after(ctx, tx); err != nil {
			return "", err
		}
	}
	return key, note(ctx, tx, by, c.kind+".create", object(c.kind, key), nil, thing)
}

// Save brings a thing to what was typed: see edit.
func (c *Catalog[T]) Save(ctx context.Context, key string, e audit.Edit[T]) error {
	if !c.valid(key) {
		return dialer.ErrNotFound
	}
	return edit(ctx, c.db, e, c.kind+".save", object(c.kind, key),
		func(tx *sqlx.Tx) (T, error) { return c.lock(ctx, tx, key) },
		func(tx *sqlx.Tx, _, is T) error {
			_, err := tx.NamedExecContext(ctx, c.save, is)
			if err == nil && c.also != nil {
				err = c.also(ctx, tx, key, is)
			}
			if err == nil && c.after != nil {
				err = c.after(ctx, tx)
			}
			return err
		})
}

// Delete deletes a thing to which nothing refers.
func (c *Catalog[T]) Delete(ctx context.Context, by audit.By, key string) error {
	if !c.valid(key) || c.remove == "" {
		return dialer.ErrNotFound
	}
	return c.db.Tx(ctx, func(tx *sqlx.Tx) error {
		was, err := c.lock(ctx, tx, key)
		if err != nil {
			return err
		}
		if c.used != "" {
			var users []string
			if err := tx.SelectContext(ctx, &users, c.used, key); err != nil {
				return kind(err)
			}
			if len(users) > 0 {
				return dialer.Explain(dialer.ErrConflict, fmt.Sprintf(c.inUse, strings.Join(users, ", ")))
			}
		}
		if c.stays != nil {
			if err := c.stays(ctx, tx, key); err != nil {
				return err
			}
		}
		if c.also != nil {
			var nothing T
			if err := c.also(ctx, tx, key, nothing); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, c.remove, key); err != nil {
			return kind(err)
		}
		if c.after != nil {
			if err := c.after(ctx, tx); err != nil {
				return err
			}
		}
		return note(ctx, tx, by, c.kind+".delete", object(c.kind, key), was, nil)
	})
}

// Changes are the latest changes of a thing, the newest first.
func (c *Catalog[T]) Changes(ctx context.Context, key string) ([]audit.Entry, error) {
	return c.db.latest(ctx, object(c.kind, key))
}

package signin

import (
	"context"
	"fmt"
	"sync"

	"github.com/alexedwards/argon2id"

	"trunkline/dialer"
)

// HashPassword is the argon2id hash of a password, for the users table.
func HashPassword(password string) (string, error) {
	return argon2id.CreateHash(password, argon2id.DefaultParams)
}

// compare checks a password. A check takes 64 MiB, so only a few run at once;
// the others wait as long as their browser does.
func (d *Reception) compare(ctx context.Context, password, hash string) (bool, error) {
	select {
	case d.hashing <- struct{}{}:
		defer func() { <-d.hashing }()
	case <-ctx.Done():
		return false, fmt.Errorf("%w: %w", dialer.ErrUnavailable, ctx.Err())
	}
	ok, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("the user's password hash cannot be read: %w", err)
	}
	return ok, nil
}

// nobody is a hash that no password has in practice.
var nobody = sync.OnceValue(func() string {
	hash, err := HashPassword("nobody signs in with this")
	if err != nil {
		panic(err)
	}
	return hash
})

package app

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/mariadb"
	"trunkline/webui/facts"
	"trunkline/webui/signin"
)

// Secret makes a password or secret of 80 random bits, in letters and digits
// that can be read aloud.
func Secret() string {
	b := make([]byte, 10)
	rand.Read(b) // never fails: it ends the program instead
	return strings.ToLower(base32.StdEncoding.EncodeToString(b))
}

// minPassword is the shortest password that is taken from somebody.
const minPassword = 8

// everyCampaign is the user group that is there from the first migration on.
const everyCampaign = "ALL"

var usernamePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{1,19}$`)

// AddUser enters a user with a WebRTC phone on each telephony server, as the admin
// pages do; the audit log says that the command line did.
func AddUser(ctx context.Context, db *mariadb.DB, user dialer.User, password string) error {
	switch {
	case !usernamePattern.MatchString(user.Username):
		return fmt.Errorf("%q cannot be a user's name: 2 to 20 letters, digits, dots, dashes and underscores", user.Username)
	case len(password) < minPassword:
		return fmt.Errorf("the password must have at least %d letters", minPassword)
	}
	hash, err := signin.HashPassword(password)
	if err != nil {
		return err
	}
	now, err := db.Now(ctx)
	if err != nil {
		return err
	}
	_, err = accounts(db).Create(ctx, audit.By{At: now}, facts.Account{
		Username: user.Username, FullName: user.FullName, Role: user.Role, Group: everyCampaign, Active: true, PassHash: hash,
	})
	if errors.Is(err, dialer.ErrConflict) {
		return fmt.Errorf("there is a user %q already, or a phone of that name", user.Username)
	}
	return err
}

// WebRTCPhone is the phone in a user's browser on one server. Its name is also
// the endpoint's in Asterisk, so it must not collide between servers.
func WebRTCPhone(user dialer.UserID, username string, server dialer.Server) dialer.Phone {
	return dialer.Phone{
		ServerID: server.ID, UserID: user, Kind: dialer.PhoneWebRTC, Secret: Secret(),
		Login: fmt.Sprintf("web-%s-%d", username, server.ID),
	}
}

// SetPassword changes a user's password; the user is signed out everywhere.
func SetPassword(ctx context.Context, db *mariadb.DB, username, password string) error {
	if len(password) < minPassword {
		return fmt.Errorf("the password must have at least %d letters", minPassword)
	}
	hash, err := signin.HashPassword(password)
	if err != nil {
		return err
	}
	user, by, err := changing(ctx, db, username)
	if err != nil {
		return err
	}
	return accounts(db).ResetPassword(ctx, by, user, hash, nil)
}

// EndSecondStep lets a user sign in with the password alone again.
func EndSecondStep(ctx context.Context, db *mariadb.DB, username string) error {
	user, by, err := changing(ctx, db, username)
	if err != nil {
		return err
	}
	return accounts(db).SetTOTP(ctx, by, user, "", 0)
}

func accounts(db *mariadb.DB) *mariadb.Accounts { return mariadb.NewAccounts(db, WebRTCPhone) }

// changing is the user of that name, and who changes it: the command line, now.
func changing(ctx context.Context, db *mariadb.DB, username string) (dialer.UserID, audit.By, error) {
	user, err := mariadb.NewUsers(db).ByUsername(ctx, username)
	if errors.Is(err, dialer.ErrNotFound) {
		return 0, audit.By{}, fmt.Errorf("there is no user %q; `trunkline user list` shows them", username)
	}
	if err != nil {
		return 0, audit.By{}, err
	}
	now, err := db.Now(ctx)
	return user.ID, audit.By{At: now}, err
}

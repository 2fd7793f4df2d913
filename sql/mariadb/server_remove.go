package mariadb

import (
	"context"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/queries"
)

var (
	serverLock                = queries.Get("server-lock")
	serverInUse               = queries.Get("server-in-use")
	serverRemove              = queries.Get("server-remove")
	serverRemoveWeb           = queries.Get("server-remove-web")
	serverRemoveRegistrations = queries.Get("server-remove-registrations")
)

// leaver is a host that is to be removed.
type leaver struct {
	ID             dialer.ServerID `db:"id"`
	Name           string          `db:"name"`
	Web            bool            `db:"web"`
	Telephony      bool            `db:"telephony"`
	WebWorks       bool            `db:"web_works"`
	TelephonyWorks bool            `db:"telephony_works"`
}

// roles are those that have stopped, and those that are at work.
func (l leaver) roles() (gone, working []string) {
	sort := func(has, works bool, role string) {
		switch {
		case has && works:
			working = append(working, role)
		case has:
			gone = append(gone, role)
		}
	}
	sort(l.Telephony, l.TelephonyWorks, "telephony")
	sort(l.Web, l.WebWorks, "web")
	return gone, working
}

// Removable says which roles of a host Remove would take away. A *dialer.Problem
// says why it would take none.
func (h *Hosts) Removable(ctx context.Context, name string) (roles []string, err error) {
	err = h.db.Tx(ctx, func(tx *sqlx.Tx) error {
		_, roles, err = removable(ctx, tx, name)
		return err
	})
	return roles, err
}

// Remove takes a host out of the cluster: those of its roles that have stopped.
// What refers to it stays, and a host that joins under its name comes back. A
// *dialer.Problem says why it cannot be.
func (h *Hosts) Remove(ctx context.Context, by audit.By, name string) (roles []string, err error) {
	err = h.db.Tx(ctx, func(tx *sqlx.Tx) error {
		var host leaver
		host, roles, err = removable(ctx, tx, name)
		if err != nil {
			return err
		}
		var steps []string
		for _, role := range roles {
			if role == "web" {
				steps = append(steps, serverRemoveWeb)
				continue
			}
			steps = append(steps, serverRemove, serverRemoveRegistrations)
		}
		for _, query := range steps {
			if _, err := tx.ExecContext(ctx, query, host.ID); err != nil {
				return kind(err)
			}
		}
		return note(ctx, tx, by, "server.remove", object("server", host.ID), map[string]string{"name": host.Name, "roles": strings.Join(roles, ",")}, nil)
	})
	return roles, err
}

// removable looks, with the host's row locked, whether it can be removed.
func removable(ctx context.Context, tx *sqlx.Tx, name string) (host leaver, roles []string, err error) {
	err = kind(tx.GetContext(ctx, &host, serverLock, name))
	if err != nil {
		return host, nil, err
	}
	gone, working := host.roles()
	switch {
	case len(gone)+len(working) == 0:
		return host, nil, dialer.Explain(dialer.ErrNotFound, name+" has been removed already.")
	case len(gone) == 0:
		units := map[string]string{"telephony": "trunkline-keepalive", "web": "trunkline-web"}
		var stop []string
		for _, role := range working {
			stop = append(stop, units[role])
		}
		return host, nil, dialer.Explain(dialer.ErrConflict, fmt.Sprintf(
			"%s is at work: it would come back by itself. Stop its roles there (systemctl disable --now %s), wait half a minute, then remove it.", name, strings.Join(stop, " ")))
	case gone[0] != "telephony":
		return host, gone, nil
	}
	var use struct {
		Calls  int    `db:"calls"`
		Shifts int    `db:"shifts"`
		Phones int    `db:"phones"`
		Phone  string `db:"phone"`
		Heirs  bool   `db:"heirs"`
	}
	err = kind(tx.GetContext(ctx, &use, serverInUse, host.ID))
	if err != nil {
		return host, nil, err
	}
	conflict := func(format string, args ...any) error {
		return dialer.Explain(dialer.ErrConflict, fmt.Sprintf(format, args...))
	}
	switch {
	case use.Calls+use.Shifts > 0 && !use.Heirs:
		return host, nil, conflict("%s still has %s and %s in its books. Another telephony server closes them, and none is at work: start one, wait a minute, then remove it.",
			name, counted(use.Calls, "open call"), counted(use.Shifts, "open shift"))
	case use.Calls > 0:
		return host, nil, conflict("%s still has %s in its books. The other telephony servers close what is dead there within a minute or two, and a call that has crossed ends with its customer: try again then.",
			name, counted(use.Calls, "open call"))
	case use.Shifts > 0:
		return host, nil, conflict("%s still have their shift on %s. They go on elsewhere by the button that their desk shows, or are signed out on the live board; a shift whose page is closed ends within two minutes.",
			counted(use.Shifts, "agent"), name)
	case use.Phones > 0:
		return host, nil, conflict("%s set up on %s alone, %s among them. Move each to another server, or delete it, on the page Phones; browsers' phones need nothing.",
			counted(use.Phones, "SIP phone")+map[bool]string{true: " is", false: " are"}[use.Phones == 1], name, use.Phone)
	}
	return host, gone, nil
}

// counted is a number with its noun.
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

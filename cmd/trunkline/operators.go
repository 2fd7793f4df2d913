package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/mattn/go-isatty"

	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

type migrateCmd struct{}

// Run brings the schema up to date, waiting for the database if need be.
func (*migrateCmd) Run(ctx context.Context, g *globals) error {
	c, err := g.config()
	if err != nil {
		return err
	}
	err = c.Need("database.admin_dsn")
	if err != nil {
		return err
	}
	db, err := mariadb.Open(c.Database.Admin())
	if err != nil {
		return err
	}
	defer db.Close()
	err = db.Wait(ctx, g.log())
	if err != nil {
		return err
	}
	n, err := db.Migrate(ctx, g.log())
	if err != nil {
		return err
	}
	have, _, err := db.Schema(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(g.stdout, "The schema is at version %d (%d steps taken).\n", have, n)
	return nil
}

type userCmd struct {
	Add    userAddCmd    `cmd:"" help:"Add a user; the password is read from standard input, or generated and printed."`
	Passwd userPasswdCmd `cmd:"" help:"Change a password: read from standard input, or generated and printed."`
	Unstep userUnstepCmd `cmd:"" help:"Switch off a user's second step: the way in for an administrator who has lost the phone."`
	List   userListCmd   `cmd:"" help:"List the users."`
}

type userAddCmd struct {
	Name     string `arg:"" help:"Sign-in name."`
	FullName string `help:"Name as others see it." placeholder:"NAME"`
	Role     string `help:"agent, supervisor, manager or admin." enum:"agent,supervisor,manager,admin" default:"agent"`
}

// Run adds the user.
func (u *userAddCmd) Run(ctx context.Context, g *globals) error {
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	password, generated, err := password(g.stdin)
	if err != nil {
		return err
	}
	user := dialer.User{Username: u.Name, FullName: u.FullName, Role: dialer.Role(u.Role)}
	err = app.AddUser(ctx, db, user, password)
	if err != nil {
		return err
	}
	return tell(g.stdout, "Added "+u.Name, password, generated)
}

type userPasswdCmd struct {
	Name string `arg:"" help:"Sign-in name."`
}

// Run changes the password.
func (u *userPasswdCmd) Run(ctx context.Context, g *globals) error {
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	password, generated, err := password(g.stdin)
	if err != nil {
		return err
	}
	err = app.SetPassword(ctx, db, u.Name, password)
	if err != nil {
		return err
	}
	return tell(g.stdout, "Changed the password of "+u.Name, password, generated)
}

type userUnstepCmd struct {
	Name string `arg:"" help:"Sign-in name."`
}

// Run switches the second step off.
func (u *userUnstepCmd) Run(ctx context.Context, g *globals) error {
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := app.EndSecondStep(ctx, db, u.Name); err != nil {
		return err
	}
	_, err = fmt.Fprintln(g.stdout, u.Name+" signs in with the password alone now, and can switch the second step on again under Your account.")
	return err
}

// password is the first line of stdin, or a generated one when there is none to
// be read: a terminal would show it.
func password(stdin io.Reader) (password string, generated bool, err error) {
	if f, ok := stdin.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		return app.Secret(), true, nil
	}
	line, err := bufio.NewReader(io.LimitReader(stdin, 1024)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", false, fmt.Errorf("reading the password: %w", err)
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return app.Secret(), true, nil
	}
	return line, false, nil
}

func tell(w io.Writer, done, password string, generated bool) error {
	if generated {
		done += "; password: " + password
	}
	_, err := fmt.Fprintln(w, done)
	return err
}

type userListCmd struct{}

// Run lists the users.
func (*userListCmd) Run(ctx context.Context, g *globals) error {
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	users, err := mariadb.NewUsers(db).All(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "USER\tROLE\tNAME\t")
	for _, u := range users {
		off := ""
		if !u.Active {
			off = "switched off"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", u.Username, u.Role, u.FullName, off)
	}
	return w.Flush()
}

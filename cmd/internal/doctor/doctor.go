// Package doctor looks at all that a host's roles need, and names each fault
// with its cure. It changes nothing but for a probe file that it removes.
package doctor

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/backup"
)

// Level is how much a finding matters.
type Level string

const (
	OK    Level = "ok"
	Warn  Level = "warn"  // it works, and something is worth knowing
	Fault Level = "fault" // a role does not work, or soon will not
)

// Finding is what was found out about one thing.
type Finding struct {
	Check string `json:"check"` // one word or two: database, AMI listen …
	Level Level  `json:"level"`
	Says  string `json:"says"`          // what was found
	Fix   string `json:"fix,omitempty"` // what to do about it
}

// Options are what can be asked of an examination. The zero value is right.
type Options struct {
	Now    func() time.Time // this host's clock
	MinGB  float64          // less free disk is a fault; default 1
	Within time.Duration    // what each thing asked may take; default 4 s
	Nights string           // folder of the nightly backups; default backup.Nightly
}

// Examine looks at all that the roles of the host need. The findings of one
// thing stand together, and a fault that makes others meaningless keeps them from
// being asked.
func Examine(ctx context.Context, c app.Config, o Options) []Finding {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MinGB == 0 {
		o.MinGB = 1
	}
	if o.Within == 0 {
		o.Within = 4 * time.Second
	}
	if o.Nights == "" {
		o.Nights = backup.Nightly
	}
	e := &exam{cfg: c, Options: o}
	e.configuration()
	e.database(ctx)
	if c.Does(app.HostTelephony) {
		e.manager(ctx)
		if e.rest(ctx) {
			e.trunks(ctx)
		}
		e.websocket(ctx, "phones", c.Asterisk.WSURL)
		e.writable("conf_dir", c.Asterisk.ConfDir, "keepalive cannot write Asterisk's configuration there",
			"give the account that runs keepalive the right to write there, with Asterisk's group: `chgrp asterisk` and mode 2770")
		e.disk("asterisk.recordings_dir", c.Asterisk.RecordingsDir)
	}
	if c.Does(app.HostWeb) {
		e.pages(ctx)
	}
	e.disk("run_dir", c.RunDir)
	e.backups()
	e.ports()
	return e.findings
}

// exam is an examination under way.
type exam struct {
	Options
	cfg      app.Config
	findings []Finding
}

func (e *exam) ok(check, format string, args ...any) {
	e.findings = append(e.findings, Finding{Check: check, Level: OK, Says: fmt.Sprintf(format, args...)})
}

func (e *exam) warn(check, says, fix string) {
	e.findings = append(e.findings, Finding{check, Warn, says, fix})
}

func (e *exam) fault(check, says, fix string) {
	e.findings = append(e.findings, Finding{check, Fault, says, fix})
}

// configuration looks at the file itself; its form was checked when it was read.
func (e *exam) configuration() {
	const check = "configuration"
	c := e.cfg
	needs := []string{"database.admin_dsn"}
	if c.Does(app.HostTelephony) {
		needs = append(needs, "database.dsn", "asterisk.ami_secret", "asterisk.keepalive_ami_secret", "asterisk.web_ami_secret", "asterisk.ari_secret", "asterisk.events_secret")
	}
	if c.Does(app.HostWeb) {
		needs = append(needs, "database.web_dsn")
	}
	if err := c.Need(needs...); err != nil {
		e.fault(check, err.Error(), "set it in "+c.File()+"; `trunkline setup` and `trunkline join` write such a file whole")
		return
	}
	info, err := os.Stat(c.File())
	switch {
	case err != nil:
		e.fault(check, err.Error(), "run doctor as root, or as the account that runs the roles")
	case info.Mode().Perm()&0o007 != 0:
		e.fault(check, fmt.Sprintf("%s holds passwords, and everybody on this host may read it (mode %04o)", c.File(), info.Mode().Perm()), "chmod 0640 "+c.File())
	default:
		e.ok(check, "%s, for the roles %s", c.File(), strings.Join(c.Roles, " and "))
	}
}

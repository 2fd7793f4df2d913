package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// part is one of the packages.
type part struct {
	name, depends, summary, says string
	files                        map[string]string // where they go, from where below the repository
	conffiles                    []string
	units                        []string // restarted after an upgrade, stopped before a removal
	postinst                     string
	takenOver                    string // a package of ours that had some of these files in earlier versions
}

// account makes the account of the roles.
const account = `if ! getent passwd trunkline >/dev/null; then
    useradd --system --user-group --home-dir /var/lib/trunkline --no-create-home --shell /usr/sbin/nologin trunkline
fi
install -d -o trunkline -g trunkline -m 0755 /var/lib/trunkline
install -d -o trunkline -g trunkline -m 0700 /var/backups/trunkline
install -d -o trunkline -g trunkline -m 0755 /run/trunkline
install -d -m 0755 /etc/trunkline
`

// securityLog makes the log that the jail reads, with what is above it: a jail whose
// log is not there keeps fail2ban from starting, with all its other jails.
const securityLog = `install -d -o trunkline -g trunkline -m 0755 /var/lib/trunkline/asterisk
install -d -o trunkline -g trunkline -m 0750 /var/lib/trunkline/asterisk/log
[ -e ` + securityLogFile + ` ] || install -o trunkline -g trunkline -m 0640 /dev/null ` + securityLogFile + `
if [ -d /run/systemd/system ]; then systemctl try-reload-or-restart fail2ban.service || true; fi
`

const securityLogFile = "/var/lib/trunkline/asterisk/log/security"

func parts(version string) []part {
	unit := func(names ...string) map[string]string {
		m := map[string]string{}
		for _, n := range names {
			m["lib/systemd/system/"+n] = "cmd/setup/packaging/systemd/" + n
		}
		return m
	}
	same := "trunkline (= " + version + ")"
	telephony := unit("trunkline-keepalive.service", "trunkline-asterisk.service")
	telephony["etc/fail2ban/filter.d/trunkline-asterisk.conf"] = "cmd/setup/packaging/fail2ban/filter.conf"
	telephony["etc/fail2ban/jail.d/trunkline.conf"] = "cmd/setup/packaging/fail2ban/jail.conf"
	return []part{{
		name: "trunkline", depends: "passwd, ca-certificates", summary: "contact-center dialer: the program",
		says: "The binary of every role, the rules for logrotate, the dashboard for Grafana.",
		files: map[string]string{
			"usr/bin/trunkline":                           ".run/bin/trunkline-deb",
			"usr/lib/tmpfiles.d/trunkline.conf":           "cmd/setup/packaging/tmpfiles.conf",
			"etc/logrotate.d/trunkline":                   "cmd/setup/packaging/logrotate",
			"usr/share/doc/trunkline/operating.md":        "docs/operating.md",
			"usr/share/doc/trunkline/README.md":           "README.md",
			"usr/share/doc/trunkline/copyright":           "LICENSE",
			"usr/share/trunkline/grafana.json":            "docs/monitoring/trunkline.json",
			"usr/share/trunkline/alerts.yml":              "docs/monitoring/alerts.yml",
			"lib/systemd/system/trunkline-backup.service": "cmd/setup/packaging/systemd/trunkline-backup.service",
			"lib/systemd/system/trunkline-backup.timer":   "cmd/setup/packaging/systemd/trunkline-backup.timer",
		},
		conffiles: []string{"/etc/logrotate.d/trunkline"},
		postinst:  account,
	}, {
		name: "trunkline-web", depends: same, summary: "contact-center dialer: the pages",
		says:  "The unit of the web role: agents' screens, administration, reports.",
		files: unit("trunkline-web.service"), units: []string{"trunkline-web"},
	}, {
		name: "trunkline-telephony", depends: same + ", asterisk (>= 1:20) | trunkline-asterisk", summary: "contact-center dialer: the telephony role",
		says:      "The units of the telephony role: keepalive, which runs listen and hopper-fill, and Asterisk with a configuration of its own; the filter for fail2ban.",
		files:     telephony,
		conffiles: []string{"/etc/fail2ban/filter.d/trunkline-asterisk.conf", "/etc/fail2ban/jail.d/trunkline.conf"},
		units:     []string{"trunkline-keepalive"}, // Asterisk goes on: calls are up
		postinst:  securityLog,
		takenOver: "trunkline", // the jail and its filter
	}, {
		name: "trunkline-database", depends: same + ", mariadb-server-core, mariadb-client-core", summary: "contact-center dialer: a database of its own",
		says:  "The unit of a MariaDB that belongs to Trunkline alone, under /var/lib/trunkline.",
		files: unit("trunkline-mariadb.service"), // the database goes on: it is restarted by whoever means it
	}}
}

// debs builds the packages into .run/deb. They are made by dpkg-deb: no file of
// theirs needs more.
func debs(ctx context.Context, root, version string) error {
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		return errors.New("dpkg-deb is missing: packages are built on Debian or a system like it")
	}
	if version == "" {
		version = "0.0.0~devel"
	}
	if strings.IndexFunc(version, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefghijklmnopqrstuvwxyz.+~", r) }) >= 0 || version[0] < '0' || version[0] > '9' {
		return fmt.Errorf("%q is no version of a package, such as 1.2.0 or 1.2.0~rc1", version)
	}
	out := filepath.Join(root, ".run", "deb")
	err := os.MkdirAll(out, 0o755)
	if err != nil {
		return err
	}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w -X trunkline/cmd/internal/app.version="+version, "-o", ".run/bin/trunkline-deb", "./cmd/trunkline")
	build.Dir, build.Stdout, build.Stderr = root, os.Stdout, os.Stderr
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if err := build.Run(); err != nil {
		return fmt.Errorf("building the program: %w", err)
	}
	for _, p := range parts(version) {
		if err := p.build(ctx, root, out, version); err != nil {
			return fmt.Errorf("package %s: %w", p.name, err)
		}
	}
	return asteriskDeb(ctx, root, out, version)
}

func (p part) build(ctx context.Context, root, out, version string) error {
	stage, err := os.MkdirTemp(out, ".stage-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage)
	for to, from := range p.files {
		mode := os.FileMode(0o644)
		if strings.HasPrefix(to, "usr/bin/") {
			mode = 0o755
		}
		text, err := os.ReadFile(filepath.Join(root, from))
		if err != nil {
			return err
		}
		path := filepath.Join(stage, to)
		err = os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path, text, mode)
		}
		if err == nil {
			err = os.Chmod(path, mode)
		}
		if err != nil {
			return err
		}
	}
	return p.pack(ctx, stage, out, version, "xz")
}

// pack writes the package's own files into the stage and builds it.
func (p part) pack(ctx context.Context, stage, out, version, zip string) error {
	control := fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: The Trunkline authors <trunkline@localhost>\nSection: comm\nPriority: optional\nDepends: %s\nInstalled-Size: %d\nDescription: %s\n %s\n",
		p.name, version, debArch(), p.depends, size(stage)>>10, p.summary, p.says)
	if older := fmt.Sprintf("%s (<< %s)", p.takenOver, version); p.takenOver != "" {
		control += "Breaks: " + older + "\nReplaces: " + older + "\n"
	}
	files := map[string]string{"control": control}
	if len(p.conffiles) > 0 {
		files["conffiles"] = strings.Join(p.conffiles, "\n") + "\n"
	}
	const shell, systemd = "#!/bin/sh\nset -e\n", "[ -d /run/systemd/system ]"
	if after := p.postinst + reload(p); after != "" {
		files["postinst"] = shell + "[ \"$1\" = configure ] || exit 0\n" + after
	}
	if len(p.units) > 0 {
		files["prerm"] = shell + "if [ \"$1\" = remove ] && " + systemd + "; then systemctl disable --now " + strings.Join(p.units, " ") + " || true; fi\n"
	}
	dir := filepath.Join(stage, "DEBIAN")
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = os.Chmod(stage, 0o755)
	}
	for name, text := range files {
		mode := os.FileMode(0o644)
		if strings.HasPrefix(text, "#!") {
			mode = 0o755
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), []byte(text), mode)
		}
	}
	if err != nil {
		return err
	}
	deb := filepath.Join(out, fmt.Sprintf("%s_%s_%s.deb", p.name, version, debArch()))
	said, err := exec.CommandContext(ctx, "dpkg-deb", "--root-owner-group", "-Z"+zip, "--build", stage, deb).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(said)))
	}
	fmt.Println(deb)
	return nil
}

// reload lets systemd see new units, and a running one begin with the new
// program. Daemons hand over without a call's noticing; Asterisk and the database
// are not touched.
func reload(p part) string {
	units := false
	for to := range p.files {
		units = units || strings.HasPrefix(to, "lib/systemd/")
	}
	if !units {
		return ""
	}
	s := "if [ -d /run/systemd/system ]; then\n    systemctl daemon-reload\n"
	for _, u := range p.units {
		s += "    systemctl try-restart " + u + " || true\n"
	}
	return s + "fi\n"
}

// asteriskDeb packs the Asterisk that `make demo` has built, for distributions
// that have none.
func asteriskDeb(ctx context.Context, root, out, version string) error {
	tree := filepath.Join(root, ".run", "asterisk-root")
	if _, err := os.Stat(filepath.Join(tree, "usr/sbin/asterisk")); err != nil {
		fmt.Println("No Asterisk has been built under .run, so there is no package trunkline-asterisk: this host has its own, or run make demo first.")
		return nil
	}
	stage, err := os.MkdirTemp(out, ".stage-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage)
	to := filepath.Join(stage, "usr/lib/trunkline/asterisk-root")
	err = os.MkdirAll(filepath.Dir(to), 0o755)
	if err != nil {
		return err
	}
	// Hard links where the disk allows it: the tree is some 250 MB.
	if exec.CommandContext(ctx, "cp", "-al", tree, to).Run() != nil {
		_ = os.RemoveAll(to)
		if said, err := exec.CommandContext(ctx, "cp", "-a", tree, to).CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, said)
		}
	}
	p := part{
		name: "trunkline-asterisk", depends: "trunkline (= " + version + ")", summary: "contact-center dialer: Debian's Asterisk in a folder of its own",
		says: "Debian's own packages of Asterisk and its libraries, unpacked under /usr/lib/trunkline: for releases without a package of Asterisk 20 or newer. Their sources and licences are Debian's.",
	}
	return p.pack(ctx, stage, out, version, "gzip")
}

func debArch() string {
	if runtime.GOARCH == "arm" {
		return "armhf"
	}
	return runtime.GOARCH
}

func size(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil
	})
	return n
}

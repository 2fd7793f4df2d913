package app

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"trunkline/ami"
	"trunkline/sql/mariadb"
)

// Finding is what doctor found out about one thing.
type Finding struct {
	OK   bool
	What string
	Says string // what was found, or the way out
}

// Doctor looks at all that this host's roles need. It changes nothing.
func Doctor(ctx context.Context, c Config) []Finding {
	findings := doctorDatabase(ctx, c)
	findings = append(findings, doctorAMI(ctx, c), doctorARI(ctx, c))
	for _, dir := range []struct{ key, path string }{
		{"run_dir", c.RunDir}, {"asterisk.recordings_dir", c.Asterisk.RecordingsDir},
	} {
		findings = append(findings, doctorDisk(dir.key, dir.path))
	}
	return append(findings, doctorConfDir(c.Asterisk.ConfDir))
}

func doctorDatabase(ctx context.Context, c Config) []Finding {
	bad := func(says string) []Finding { return []Finding{{false, "database", says}} }
	err := c.Need("database.dsn")
	if err != nil {
		return bad(err.Error())
	}
	db, err := mariadb.Open(c.Database.DSN)
	if err != nil {
		return bad(err.Error())
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	err = db.Ping(ctx) // so that the connection's making is not measured
	if err != nil {
		return bad("does not answer: " + err.Error())
	}
	before := time.Now()
	now, err := db.Now(ctx)
	if err != nil {
		return bad("does not answer: " + err.Error())
	}
	trip := time.Since(before)
	findings := []Finding{{true, "database", "answers within " + trip.Round(10*time.Microsecond).String()}}
	have, want, err := db.Schema(ctx)
	switch {
	case err != nil:
		findings = append(findings, Finding{false, "schema", err.Error()})
	case have < want:
		findings = append(findings, Finding{false, "schema", fmt.Sprintf("version %d, and this binary wants %d: run `trunkline migrate`", have, want)})
	case have > want:
		findings = append(findings, Finding{true, "schema", fmt.Sprintf("version %d is newer than this binary (%d): a newer Trunkline shares the database", have, want)})
	default:
		findings = append(findings, Finding{true, "schema", fmt.Sprintf("version %d", have)})
	}
	skew := before.Add(trip / 2).Sub(now).Round(time.Millisecond)
	says := fmt.Sprintf("this host is %s ahead of the database", skew)
	if skew.Abs() > time.Second {
		says += ": set the clocks by NTP; over 5 s this host does not dial"
	}
	return append(findings, Finding{skew.Abs() <= time.Second, "clock", says})
}

func doctorAMI(ctx context.Context, c Config) Finding {
	err := c.Need("asterisk.ami_secret")
	if err != nil {
		return Finding{false, "AMI", err.Error()}
	}
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	client := ami.New(ami.Config{Addr: c.Asterisk.AMI, User: c.Asterisk.AMIUser, Secret: c.Asterisk.AMISecret, EventMask: "off", Log: quiet()})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = client.Run(ctx)
	}()
	defer func() { cancel(); <-done }()
	err = client.Wait(ctx)
	if err != nil {
		return Finding{false, "AMI", fmt.Sprintf("%s as %s: %v", c.Asterisk.AMI, c.Asterisk.AMIUser, err)}
	}
	version, err := client.Version(ctx)
	if err != nil {
		return Finding{false, "AMI", fmt.Sprintf("%s lets us in and then says: %v", c.Asterisk.AMI, err)}
	}
	return Finding{true, "AMI", "Asterisk " + version + " at " + c.Asterisk.AMI}
}

func doctorARI(ctx context.Context, c Config) Finding {
	err := c.Need("asterisk.ari", "asterisk.ari_secret")
	if err != nil {
		return Finding{false, "ARI", err.Error()}
	}
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Asterisk.ARI+"/asterisk/info?only=status", nil)
	if err != nil {
		return Finding{false, "ARI", err.Error()}
	}
	req.SetBasicAuth(c.Asterisk.ARIUser, c.Asterisk.ARISecret)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return Finding{false, "ARI", err.Error()}
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return Finding{false, "ARI", fmt.Sprintf("%s answers %s to %s", c.Asterisk.ARI, resp.Status, c.Asterisk.ARIUser)}
	}
	return Finding{true, "ARI", "answers at " + c.Asterisk.ARI}
}

func doctorDisk(key, path string) Finding {
	var fs syscall.Statfs_t
	err := syscall.Statfs(path, &fs)
	if err != nil {
		return Finding{false, "disk", fmt.Sprintf("%s (%s): %v", path, key, err)}
	}
	free := float64(fs.Bavail) * float64(fs.Bsize) / (1 << 30)
	return Finding{free >= 1, "disk", fmt.Sprintf("%.1f GB free for %s (%s)", free, key, path)}
}

func doctorConfDir(path string) Finding {
	probe, err := os.CreateTemp(path, ".trunkline-doctor-*")
	if err != nil {
		return Finding{false, "conf_dir", fmt.Sprintf("keepalive cannot write Asterisk's configuration: %v", err)}
	}
	probe.Close()
	os.Remove(probe.Name())
	return Finding{true, "conf_dir", filepath.Clean(path) + " can be written"}
}

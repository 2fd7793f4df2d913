package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/mattn/go-isatty"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/backup"
)

type backupCmd struct {
	To         string `arg:"" default:"." help:"File, folder (the file is named by the time), or - for standard output."`
	Recordings bool   `default:"true" negatable:"" help:"Take the recordings of this host along."`
	Keep       int    `default:"0" help:"Delete the oldest of this server's backups in the folder, so that as many stay; 0: none is deleted." placeholder:"N"`
	Only       bool   `name:"only-recordings" help:"Nothing but the recordings of this host: for the other telephony servers of a cluster."`
}

// Help is what --help says beside.
func (*backupCmd) Help() string {
	return "Nothing has to be stopped: the database is read as it was at one moment, beside running calls. The file holds passwords and what people said; it is readable by its owner only. It is a tar.gz with SHA256SUMS inside; `trunkline restore --verify FILE` reads it through. Older ones are deleted by --keep alone, which the nightly unit has at 14, and only after the new one is on the disk, whole: those of the same kind and server in the same folder."
}

// Run writes a backup.
func (b *backupCmd) Run(ctx context.Context, g *globals) error {
	c, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	o := backup.Options{Recordings: b.Recordings, Only: b.Only, Progress: func(line string) { fmt.Fprintln(g.stderr, line) }}
	if b.Keep < 0 {
		return &app.ConfigError{Sentence: "--keep: how many backups stay is 1 or more; 0 deletes none"}
	}
	dir, err := os.Stat(b.To)
	inFolder := err == nil && dir.IsDir()
	if b.Keep > 0 && !inFolder {
		return &app.ConfigError{Sentence: fmt.Sprintf("--keep is for a folder of backups, and %s is none", b.To)}
	}
	if b.To == "-" {
		if f, ok := g.stdout.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
			return errors.New("a backup is no text for a terminal: name a file, or pipe it on")
		}
		r, err := backup.Write(ctx, c, db, g.stdout, o)
		return told(g.stderr, r, err)
	}
	path := b.To
	if inFolder {
		path = filepath.Join(path, backup.Name(c.Server, time.Now(), o))
	}
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("%s is there already", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".trunkline-backup-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	r, err := backup.Write(ctx, c, db, f, o)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(g.stdout, path)
	err = told(g.stderr, r, nil)
	if b.Keep == 0 {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w; older backups were left alone", err)
	}
	deleted, err := backup.Thin(path, c.Server, o, b.Keep)
	for _, old := range deleted {
		fmt.Fprintf(g.stderr, "Deleted %s: the newest %d stay.\n", old, b.Keep)
	}
	return err
}

// told says what a backup holds; one without a file that should be there is worth
// a failure, after all else was kept.
func told(w io.Writer, r backup.Result, err error) error {
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "As of %s: %d rows of %d tables, %d recordings.\n", r.At.Format(time.RFC3339), r.Rows, len(r.Tables), r.Files)
	if n := len(r.Missing); n > 0 {
		return fmt.Errorf("%d recordings of this host have no file, %s first: the backup is whole but for those", n, r.Missing[0])
	}
	return nil
}

type restoreCmd struct {
	From   string `arg:"" help:"File, or - for standard input."`
	Force  bool   `help:"Delete what the database holds, and put the backup in its place."`
	Verify bool   `help:"Read the backup through and say what is in it; touch nothing."`
}

// Help is what --help says beside.
func (*restoreCmd) Help() string {
	return "Stop every role first. The database that the configuration names gets the backup's tables and then this version's schema; recordings go to asterisk.recordings_dir; the backup's configuration is laid beside yours as trunkline.toml.from-backup. Run what `trunkline grants` prints afterwards where accounts are new. A file is read through before anything is touched; from standard input it is verified on the way, and a damaged one leaves the database empty."
}

// Run restores a backup.
func (r *restoreCmd) Run(ctx context.Context, g *globals) error {
	from := g.stdin
	if r.From != "-" {
		f, err := os.Open(r.From)
		if err != nil {
			return err
		}
		defer f.Close()
		res, err := backup.Verify(f)
		if err != nil {
			return fmt.Errorf("%s: %w", r.From, err)
		}
		if r.Verify {
			fmt.Fprintf(g.stdout, "Whole. Of %s by Trunkline %s, as of %s: %d rows of %d tables, %d recordings.\n",
				res.Server, res.Version, res.At.Format(time.RFC3339), res.Rows, len(res.Tables), res.Files)
			return nil
		}
		_, err = f.Seek(0, io.SeekStart)
		if err != nil {
			return err
		}
		from = f
	} else if r.Verify {
		res, err := backup.Verify(from)
		if err == nil {
			fmt.Fprintf(g.stdout, "Whole: %d rows of %d tables, %d recordings.\n", res.Rows, len(res.Tables), res.Files)
		}
		return err
	}
	c, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	res, err := backup.Restore(ctx, c, db, from, backup.RestoreOptions{
		Force: r.Force, Log: g.log(), Progress: func(line string) { fmt.Fprintln(g.stderr, line) },
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(g.stdout, "Restored as of %s: %d rows, %d recordings. `trunkline doctor` says whether the roles can start.\n", res.At.Format(time.RFC3339), res.Rows, res.Files)
	return nil
}

package private

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestTell: the line reaches go through a pipe, and nobody else, and no file that
// go itself writes.
func TestTell(t *testing.T) {
	const line = "SKIPPED\n"
	for _, c := range []struct {
		name, comm, want string
		file             bool
	}{
		{name: "go on a pipe", comm: "go\n", want: line},
		{name: "another program", comm: "make\n"},
		{name: "go into a file", comm: "go\n", file: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			proc := t.TempDir()
			fd2 := filepath.Join(proc, "fd", "2")
			if err := os.Mkdir(filepath.Dir(fd2), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(proc, "comm"), []byte(c.comm), 0o600); err != nil {
				t.Fatal(err)
			}
			if c.file {
				if err := os.WriteFile(fd2, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			} else if err := syscall.Mkfifo(fd2, 0o600); err != nil {
				t.Fatal(err)
			}
			// Opened for both, a pipe waits for nobody.
			in, err := os.OpenFile(fd2, os.O_RDWR|syscall.O_NONBLOCK, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			tell(proc, line)
			if c.file {
				if got, err := os.ReadFile(fd2); err != nil || len(got) != 0 {
					t.Errorf("%q, %v in go's file", got, err)
				}
				return
			}
			// What tell wrote comes before this.
			if _, err := in.WriteString("."); err != nil {
				t.Fatal(err)
			}
			got := make([]byte, 100)
			n, err := in.Read(got)
			if err != nil || string(got[:n]) != c.want+"." {
				t.Errorf("%q, %v; want %q", got[:n], err, c.want+".")
			}
		})
	}
}

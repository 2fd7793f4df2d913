package proc

import (
	"io"
	"os"
	"strings"
)

// tailBytes bounds what Tail reads: a log may be gigabytes.
const tailBytes = 64 << 10

// Tail returns the last n lines of a file, or what there is of them; a file that cannot be read has none.
func Tail(path string, n int) string {
	f, err := os.Open(path)
	if err != nil || n <= 0 {
		return ""
	}
	defer f.Close()
	if st, err := f.Stat(); err == nil && st.Size() > tailBytes {
		if _, err := f.Seek(-tailBytes, io.SeekEnd); err != nil {
			return ""
		}
	}
	raw, _ := io.ReadAll(io.LimitReader(f, tailBytes))
	lines := strings.Split(strings.TrimRight(string(raw), "\n"), "\n")
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return strings.Join(lines, "\n")
}

package capacity

import (
	"bufio"
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Host measures the machine it runs on. The zero value is ready; Dir is where
// recordings are.
type Host struct {
	Dir string

	busy, all uint64 // of the last look, in ticks of all cores
}

// Usage is how busy a machine is. What cannot be read is 0.
type Usage struct {
	CPU      float64 // share of all cores since the last look, 0 to 1
	Memory   float64 // share that programs cannot have, 0 to 1
	DiskFree int64   // bytes
	DiskSize int64
}

// Look measures. The first look has no CPU share to tell.
func (h *Host) Look() Usage {
	var u Usage
	if text, err := os.ReadFile("/proc/stat"); err == nil {
		busy, all := ticks(text)
		if h.all > 0 && all > h.all {
			u.CPU = float64(busy-min(busy, h.busy)) / float64(all-h.all)
		}
		h.busy, h.all = busy, all
	}
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		u.Memory = memory(text)
	}
	var s syscall.Statfs_t
	if syscall.Statfs(h.Dir, &s) == nil {
		u.DiskFree, u.DiskSize = int64(s.Bavail)*s.Bsize, int64(s.Blocks)*s.Bsize
	}
	return u
}

// ticks reads the first line of /proc/stat: user, nice, system, idle, iowait, irq,
// softirq, steal. Waiting for a disk is not busy; what a hypervisor keeps is.
func ticks(stat []byte) (busy, all uint64) {
	line, _, _ := bytes.Cut(stat, []byte("\n"))
	for i, f := range strings.Fields(string(line)) {
		if i == 0 || i > 8 {
			continue // "cpu", and guests, which are in user already
		}
		n, _ := strconv.ParseUint(f, 10, 64)
		all += n
		if i != 4 && i != 5 {
			busy += n
		}
	}
	return busy, all
}

func memory(meminfo []byte) float64 {
	var total, free float64
	lines := bufio.NewScanner(bytes.NewReader(meminfo))
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) < 2 {
			continue
		}
		n, _ := strconv.ParseFloat(f[1], 64)
		switch f[0] {
		case "MemTotal:":
			total = n
		case "MemAvailable:":
			free = n
		}
	}
	if total == 0 {
		return 0
	}
	return 1 - free/total
}

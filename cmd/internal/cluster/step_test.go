package cluster

import (
	"bufio"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"trunkline/dialer"
)

// A host's clock is stepped as its processes see it. There is one wall clock to a
// kernel, and a time namespace leaves it out (time_namespaces(7)); but programs,
// Go's and Asterisk's alike, read it by functions of the vDSO, which each process
// has mapped for itself. They are replaced in the host's processes, while these
// run, by ones that ask the kernel and add the step. So a clock jumps under
// whoever reads it, monotonic clocks and timers go on, and what the processes are
// built of is what is shipped. A process that starts later sees the true time.

// stepped are those functions as x86-64 runs them; the step in seconds goes where
// the four zeroes are. System calls keep all registers but rax, rcx and r11.
var stepped = map[string][]byte{
	"__vdso_clock_gettime": {
		0xb8, 0xe4, 0, 0, 0, // mov eax, SYS_clock_gettime
		0x0f, 0x05, // syscall
		0x85, 0xff, // test edi, edi: CLOCK_REALTIME?
		0x75, 0x07, // jne over the addition
		0x48, 0x81, 0x06, 0, 0, 0, 0, // add qword [rsi], STEP
		0xc3, // ret
	},
	"__vdso_gettimeofday": {
		0xb8, 0x60, 0, 0, 0, // mov eax, SYS_gettimeofday
		0x0f, 0x05,
		0x48, 0x85, 0xff, // test rdi, rdi: no place for it?
		0x74, 0x07,
		0x48, 0x81, 0x07, 0, 0, 0, 0, // add qword [rdi], STEP
		0xc3,
	},
	"__vdso_time": {
		0x57,       // push rdi
		0x31, 0xff, // xor edi, edi
		0xb8, 0xc9, 0, 0, 0, // mov eax, SYS_time
		0x0f, 0x05,
		0x5f,                   // pop rdi
		0x48, 0x05, 0, 0, 0, 0, // add rax, STEP
		0x48, 0x85, 0xff,
		0x74, 0x03,
		0x48, 0x89, 0x07, // mov [rdi], rax
		0xc3,
	},
}

// vdso is where a process has it.
func vdso(pid int) (from, to int64, err error) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(maps)) {
		if strings.HasSuffix(strings.TrimSpace(line), "[vdso]") {
			_, err = fmt.Sscanf(line, "%x-%x", &from, &to)
			return from, to, err
		}
	}
	return 0, 0, fmt.Errorf("process %d has no vDSO", pid)
}

// clockStep steps the clock of all processes of a host, and gives back what puts
// it right again.
func (s *scene) clockStep(host string, by time.Duration) (right func()) {
	s.t.Helper()
	var undo []func() error
	for _, pid := range s.lan.pids(s.t.Context(), host) {
		back, err := stepProcess(pid, by)
		if err != nil {
			s.t.Fatalf("the clock of process %d on %s: %v", pid, host, err)
		}
		undo = append(undo, back)
	}
	return func() {
		s.t.Helper()
		for _, back := range undo {
			if err := back(); err != nil && !os.IsNotExist(err) {
				s.t.Errorf("the clock of a process on %s: %v", host, err)
			}
		}
	}
}

// stepProcess steps the clock of a process of ours.
func stepProcess(pid int, by time.Duration) (back func() error, err error) {
	from, to, err := vdso(pid)
	if err != nil {
		return nil, err
	}
	mem, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", pid), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	image := make([]byte, to-from)
	_, err = io.ReadFull(io.NewSectionReader(mem, from, to-from), image)
	if err != nil {
		return nil, err
	}
	file, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		return nil, err
	}
	symbols, err := file.DynamicSymbols()
	if err != nil {
		return nil, err
	}
	type patch struct {
		at       int64
		old, new []byte
	}
	var patches []patch
	for _, symbol := range symbols {
		code, wanted := stepped[symbol.Name]
		if !wanted {
			continue
		}
		if uint64(len(code)) > symbol.Size {
			return nil, fmt.Errorf("%s of this kernel has %d bytes, ours %d", symbol.Name, symbol.Size, len(code))
		}
		code = bytes.Clone(code)
		i := bytes.LastIndex(code, []byte{0, 0, 0, 0})
		binary.LittleEndian.PutUint32(code[i:], uint32(int32(by/time.Second)))
		patches = append(patches, patch{from + int64(symbol.Value), image[symbol.Value:][:len(code)], code})
	}
	if len(patches) != len(stepped) {
		return nil, fmt.Errorf("%d of the %d functions are in this kernel's vDSO", len(patches), len(stepped))
	}
	write := func(undo bool) error {
		return stopped(pid, func(within func(at int64, n int) bool) (done bool, err error) {
			for _, p := range patches {
				if within(p.at, len(p.old)) {
					return false, nil
				}
			}
			for _, p := range patches {
				code := p.new
				if undo {
					code = p.old
				}
				if _, err := mem.WriteAt(code, p.at); err != nil {
					return false, err
				}
			}
			return true, nil
		})
	}
	return func() error {
		defer mem.Close()
		return write(true)
	}, write(false)
}

// stopped runs f while a process stands still, again and again until it is done:
// within tells whether one of its threads stands in a range of addresses.
func stopped(pid int, f func(within func(at int64, n int) bool) (done bool, err error)) error {
	for range 100 {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			return err
		}
		places, err := places(pid)
		var done bool
		if err == nil {
			done, err = f(func(at int64, n int) bool {
				for _, place := range places {
					if place >= at && place < at+int64(n) {
						return true
					}
				}
				return false
			})
		}
		if again := syscall.Kill(pid, syscall.SIGCONT); again != nil {
			return again
		}
		if done || err != nil {
			return err
		}
	}
	return fmt.Errorf("process %d never left the functions", pid)
}

// places are the addresses at which the threads of a stopped process stand.
func places(pid int) (at []int64, err error) {
	for range 1000 {
		at = nil
		tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", pid))
		if err != nil {
			return nil, err
		}
		moving := len(tasks) == 0
		for _, task := range tasks {
			text, err := os.ReadFile(task)
			if err != nil {
				continue // that thread has ended
			}
			words := strings.Fields(string(text))
			if len(words) < 2 { // "running": the signal has not reached it
				moving = true
				break
			}
			var pc int64
			if _, err := fmt.Sscanf(words[len(words)-1], "0x%x", &pc); err != nil {
				return nil, fmt.Errorf("%s: %q", task, text)
			}
			at = append(at, pc)
		}
		if !moving {
			return at, nil
		}
		runtime.Gosched()
	}
	return nil, fmt.Errorf("process %d does not stop", pid)
}

// tellTime is a program that says, for each line it reads, its wall clock, the
// database's as it knows it, and by how much it thinks that its clock was stepped.
func tellTime() {
	var c dialer.Clock
	now := time.Now()
	c.Set(now, now) // they agreed when it began
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println(time.Now().UnixMilli(), c.Now().UnixMilli(), c.At(time.Now().Round(0)).UnixMilli(), c.Stepped().Milliseconds())
	}
}

// TestStepOfARunningProcess: a process whose clock is stepped sees it, and its
// idea of the database's time does not move.
func TestStepOfARunningProcess(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("SKIPPED, NOT TESTED: clocks are stepped on x86-64 alone")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, "cluster-clock")
	ask, errIn := cmd.StdinPipe()
	says, errOut := cmd.StdoutPipe()
	if err := errors.Join(errIn, errOut); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = ask.Close()
		_ = cmd.Wait()
	})
	lines := bufio.NewReader(says)
	look := func(when string, by time.Duration) {
		t.Helper()
		from := time.Now()
		fmt.Fprintln(ask)
		line, err := lines.ReadString('\n')
		to := time.Now()
		var wall, clock, event, step int64
		if _, bad := fmt.Sscan(line, &wall, &clock, &event, &step); err != nil || bad != nil {
			t.Fatalf("%s it says %q: %v", when, line, errors.Join(err, bad))
		}
		for what, at := range map[string]time.Time{
			"its wall clock": time.UnixMilli(wall).Add(-by), "the database's time": time.UnixMilli(clock), "an event of its host": time.UnixMilli(event),
		} {
			if at.Before(from.Add(-50*time.Millisecond)) || at.After(to.Add(50*time.Millisecond)) {
				t.Errorf("%s, %s is %s off", when, what, at.Sub(from))
			}
		}
		if off := time.Duration(step)*time.Millisecond - by; off.Abs() > 50*time.Millisecond {
			t.Errorf("%s it was stepped by %d ms, it thinks", when, step)
		}
	}
	look("at first", 0)
	for _, by := range []time.Duration{30 * time.Second, -30 * time.Second} {
		back, err := stepProcess(cmd.Process.Pid, by)
		if err != nil {
			t.Fatal(err)
		}
		look("stepped by "+by.String(), by)
		if err := back(); err != nil {
			t.Fatal(err)
		}
		look("put right", 0)
	}
}

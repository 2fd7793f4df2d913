package rig

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// coreFile writes a core file of a process that fell at an address, with one file
// mapped there, from a page of it on.
func coreFile(t *testing.T, file string, at, from, page uint64) string {
	t.Helper()
	note := func(kind uint32, desc []byte) []byte {
		b := binary.LittleEndian.AppendUint32(nil, 5)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(desc)))
		b = append(binary.LittleEndian.AppendUint32(b, kind), "CORE\x00\x00\x00\x00"...)
		return append(append(b, desc...), make([]byte, -len(desc)&3)...)
	}
	status := make([]byte, 336)
	binary.LittleEndian.PutUint64(status[ripAt:], at)
	var maps []byte
	for _, n := range []uint64{2, 4096, 0x1000, 0x2000, 0, from, from + 0x100000, page} {
		maps = binary.LittleEndian.AppendUint64(maps, n)
	}
	maps = append(maps, "/other\x00"+file+"\x00"...)
	other := make([]byte, 336) // of a thread that only waits
	binary.LittleEndian.PutUint64(other[ripAt:], 0x1234)
	notes := bytes.Join([][]byte{note(ntPrstatus, status), note(ntPrstatus, other), note(ntFile, maps)}, nil)

	var b bytes.Buffer
	head := elf.Header64{Type: uint16(elf.ET_CORE), Machine: uint16(elf.EM_X86_64), Version: 1, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1}
	copy(head.Ident[:], elf.ELFMAG+"\x02\x01\x01")
	_ = binary.Write(&b, binary.LittleEndian, head)
	_ = binary.Write(&b, binary.LittleEndian, elf.Prog64{Type: uint32(elf.PT_NOTE), Off: 120, Filesz: uint64(len(notes))})
	b.Write(notes)
	name := filepath.Join(t.TempDir(), "core")
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestSite: a core file tells where its process fell, and one that is no core file,
// or is cut off, that it does not.
func TestSite(t *testing.T) {
	t.Parallel()
	core := coreFile(t, "/usr/sbin/asterisk", 0x556c1f5374bd, 0x556c1f531000, 0x229)
	if got, err := site(core, t.TempDir()); got != "/usr/sbin/asterisk+0x22f4bd" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := site(coreFile(t, "/usr/sbin/asterisk", 0x10, 0x556c1f531000, 0), ""); err == nil {
		t.Errorf("of an address that is nobody's: %q", got)
	}
	whole, err := os.ReadFile(core)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) {
		if err := os.WriteFile(core, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := site(core, ""); err == nil && !strings.HasPrefix(got, "/usr/sbin/asteris") {
			t.Fatalf("of %d bytes: %q", n, got)
		}
	}
}

// TestBetween names the functions around a place in a program.
func TestBetween(t *testing.T) {
	t.Parallel()
	libs, _ := filepath.Glob("/lib/*/libc.so.6")
	if len(libs) == 0 {
		t.Skip("SKIPPED: this machine has no C library of that name")
	}
	f, err := elf.Open(libs[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if s.Name == "getenv" {
			for _, p := range f.Progs {
				if p.Type == elf.PT_LOAD && p.Vaddr <= s.Value && s.Value < p.Vaddr+p.Filesz {
					if got := between(libs[0], s.Value-p.Vaddr+p.Off+1); !strings.Contains(got, "between getenv and ") {
						t.Errorf("in getenv: %q", got)
					}
				}
			}
			return
		}
	}
	t.Error("the C library has no getenv")
}

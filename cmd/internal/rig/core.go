package rig

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
)

// errNoSite is the answer about a core file that does not tell where it happened.
var errNoSite = errors.New("the core file does not tell")

// site is where the thread was that a core file (x86-64) was written for: a file,
// an address in it, and the function that the file has at or below it, with the
// next one above: a packaged program names no others. root is what the program saw
// as /.
func site(core, root string) (string, error) {
	f, err := elf.Open(core)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if f.Machine != elf.EM_X86_64 {
		return "", errNoSite
	}
	var at uint64
	var maps []byte
	for _, p := range f.Progs {
		if p.Type != elf.PT_NOTE {
			continue
		}
		notes, err := io.ReadAll(io.LimitReader(p.Open(), 16<<20))
		if err != nil {
			return "", err
		}
		for kind, desc := range noteSeq(notes) {
			switch {
			case kind == ntPrstatus && at == 0 && len(desc) >= ripAt+8: // the first is the thread that fell
				at = binary.LittleEndian.Uint64(desc[ripAt:])
			case kind == ntFile:
				maps = desc
			}
		}
	}
	name, offset, err := mapped(maps, at)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s+%#x%s", name, offset, between(filepath.Join(root, name), offset)), nil
}

// Of elf(5) and the kernel's elf_prstatus: kinds of notes, and where the first has
// the instruction pointer.
const (
	ntPrstatus = 1
	ntFile     = 0x46494c45
	ripAt      = 112 + 16*8
)

func noteSeq(raw []byte) func(yield func(kind uint32, desc []byte) bool) {
	up := func(n uint32) int { return int(n+3) &^ 3 }
	return func(yield func(uint32, []byte) bool) {
		for len(raw) >= 12 {
			name, size, kind := binary.LittleEndian.Uint32(raw), binary.LittleEndian.Uint32(raw[4:]), binary.LittleEndian.Uint32(raw[8:])
			from := 12 + up(name)
			if from+up(size) > len(raw) || !yield(kind, raw[from:from+int(size)]) {
				return
			}
			raw = raw[from+up(size):]
		}
	}
}

// mapped is the file that had been mapped to an address, and the offset in it.
func mapped(maps []byte, at uint64) (name string, offset uint64, err error) {
	if len(maps) < 16 {
		return "", 0, errNoSite
	}
	word := func(n uint64) uint64 { return binary.LittleEndian.Uint64(maps[8*n:]) }
	count, page := word(0), word(1)
	if count > uint64(len(maps))/24 || 16+24*count > uint64(len(maps)) {
		return "", 0, errNoSite
	}
	names := bytes.Split(maps[16+24*count:], []byte{0})
	for i := range count {
		from, to := word(2+3*i), word(3+3*i)
		if from <= at && at < to && i < uint64(len(names)) {
			return string(names[i]), at - from + word(4+3*i)*page, nil
		}
	}
	return "", 0, errNoSite
}

// between are the functions around an offset of a program, as far as it names any.
func between(file string, offset uint64) string {
	f, err := elf.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	address := offset
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD && p.Off <= offset && offset < p.Off+p.Filesz {
			address = offset - p.Off + p.Vaddr
		}
	}
	all, err := f.DynamicSymbols()
	if err != nil {
		return ""
	}
	all = slices.DeleteFunc(all, func(s elf.Symbol) bool { return elf.ST_TYPE(s.Info) != elf.STT_FUNC || s.Value == 0 })
	slices.SortFunc(all, func(a, b elf.Symbol) int { return cmp.Compare(a.Value, b.Value) })
	next, _ := slices.BinarySearchFunc(all, address+1, func(s elf.Symbol, at uint64) int { return cmp.Compare(s.Value, at) })
	if next == 0 || next == len(all) {
		return ""
	}
	return fmt.Sprintf(", between %s and %s", all[next-1].Name, all[next].Name)
}

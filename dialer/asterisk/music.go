package asterisk

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"trunkline/dialer"
)

// ourMusic begins the class of music on hold that one of our sounds is.
const ourMusic = "trunkline-"

// musicClass is the class by which Asterisk knows music: a sound of ours has one
// of its own (renderMusic), anything else is a class already.
func musicClass(music string) string {
	if ours, ok := strings.CutPrefix(music, dialer.SoundPrefix); ok {
		return ourMusic + ours
	}
	return music
}

var soundForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,31}$`)

// renderMusic gives each of our sounds a class that plays it over and over. Its
// file may come a moment later than the class: until then there is silence.
func renderMusic(folder string, sounds []string) (text []byte, bad []string) {
	var b bytes.Buffer
	b.WriteString(written)
	for _, id := range slices.Sorted(slices.Values(sounds)) {
		if !soundForm.MatchString(id) {
			bad = append(bad, fmt.Sprintf("sound %q: its short name may hold letters, digits and dashes", id))
			continue
		}
		fmt.Fprintf(&b, "\n[%s%s]\nmode = playlist\nentry = %s/%s\n", ourMusic, id, folder, id)
	}
	return b.Bytes(), bad
}

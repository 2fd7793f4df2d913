package asteriskconf

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
)

// Entry is one call as the carrier saw it.
//
// The ledger is a text file, one line per happening, written by the carrier's dialplan in the moment it happens:
//
//	TIME INVITE UNIQUEID NUMBER SUFFIX BEHAVIOUR CALL CALLER
//	TIME ANSWER UNIQUEID
//	TIME DIGITS UNIQUEID DIGITS
//	TIME HANGUP UNIQUEID CAUSE
//
// TIME is UTC with milliseconds, BEHAVIOUR what the number's suffix or the mix chose, CALL the X-Trunkline-Call header
// of the INVITE, CAUSE the Q.850 cause as the carrier knows it; a dash stands for nothing. When a party hangs up in the
// very moment a line is written, the line may stand there twice: the first counts.
type Entry struct {
	UniqueID  string
	Number    string
	Suffix    string
	Behaviour string
	Call      string // our own call id; empty when the INVITE carried none
	Caller    string // the caller id; empty when there was none
	Invited   time.Time
	Answered  time.Time // zero while it is not answered
	Ended     time.Time // zero while it is up
	Cause     int       // valid when Ended is
	Digits    string    // what a party that reads digits heard
}

// ReadLedger reads a carrier's ledger, in the order of the INVITEs. A ledger that does not exist yet is empty; a line
// the carrier is just writing, the last one without its end, is left out.
func ReadLedger(path string) ([]Entry, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []Entry
	at := map[string]int{}
	r := bufio.NewReader(f)
	for n := 1; ; n++ {
		line, err := r.ReadString('\n')
		if err != nil {
			return out, nil
		}
		if err := addLine(&out, at, strings.TrimSuffix(line, "\n")); err != nil {
			return out, fmt.Errorf("%s, line %d: %w", path, n, err)
		}
	}
}

// fieldsOf tells how many fields each kind of line has.
var fieldsOf = map[string]int{"INVITE": 8, "ANSWER": 3, "DIGITS": 4, "HANGUP": 4}

func addLine(out *[]Entry, at map[string]int, line string) error {
	f := strings.Split(line, " ")
	if len(f) < 3 || fieldsOf[f[1]] != len(f) {
		return fmt.Errorf("%q is not a line of a ledger", line)
	}
	when, err := time.Parse(time.RFC3339Nano, f[0])
	if err != nil {
		return fmt.Errorf("%q does not begin with a time", line)
	}
	id := f[2]
	i, known := at[id]
	if f[1] == "INVITE" {
		if known {
			return nil
		}
		at[id] = len(*out)
		*out = append(*out, Entry{
			UniqueID: id, Number: f[3], Suffix: f[4], Behaviour: f[5], Call: undash(f[6]), Caller: undash(f[7]), Invited: when,
		})
		return nil
	}
	if !known {
		return fmt.Errorf("%s of channel %s, whose INVITE is missing", f[1], id)
	}
	e := &(*out)[i]
	switch f[1] {
	case "ANSWER":
		if e.Answered.IsZero() {
			e.Answered = when
		}
	case "DIGITS":
		e.Digits = undash(f[3])
	case "HANGUP":
		e.Ended = when
		if e.Cause, err = strconv.Atoi(f[3]); err != nil {
			return fmt.Errorf("%q ends with no cause", line)
		}
	}
	return nil
}

func undash(s string) string {
	if s == "-" {
		return ""
	}
	return s
}

// Summary counts a ledger.
type Summary struct {
	Invites    int
	Answered   int
	Up         int            // not ended yet
	Behaviours map[string]int // INVITEs by behaviour
	Numbers    map[string]int // INVITEs by number
	Calls      map[string]int // INVITEs by our own call id
	PeakCPS    int            // most INVITEs in any one second of the clock
}

// Summarize counts the entries. An empty call id is not counted in Calls.
func Summarize(entries []Entry) Summary {
	s := Summary{Invites: len(entries), Behaviours: map[string]int{}, Numbers: map[string]int{}, Calls: map[string]int{}}
	seconds := map[int64]int{}
	for _, e := range entries {
		s.Behaviours[e.Behaviour]++
		s.Numbers[e.Number]++
		if e.Call != "" {
			s.Calls[e.Call]++
		}
		if !e.Answered.IsZero() {
			s.Answered++
		}
		if e.Ended.IsZero() {
			s.Up++
		}
		seconds[e.Invited.Unix()]++
		s.PeakCPS = max(s.PeakCPS, seconds[e.Invited.Unix()])
	}
	return s
}

package call

import (
	"strconv"
	"strings"
	"time"
)

// Silence is for how long the callee's greeting had been over when AMD said
// HUMAN: AMDCAUSE is then HUMAN-<silence heard, ms>-<silence asked for>. The
// law's clock of an abandoned call begins at the greeting's end (47 CFR
// 64.1200(a)(7)), so this time is gone already. At most 5 s, which AMD listens.
func Silence(amd, cause string) time.Duration {
	kind, rest, _ := strings.Cut(cause, "-")
	if amd != "HUMAN" || kind != "HUMAN" {
		return 0
	}
	heard, _, _ := strings.Cut(rest, "-")
	ms, err := strconv.Atoi(heard)
	if err != nil {
		return 0
	}
	return min(max(time.Duration(ms)*time.Millisecond, 0), 5*time.Second)
}

// UsualSilence is how long AMD waits after a greeting before it says HUMAN, of a
// campaign's AMD arguments; without one that of our amd.conf.
func UsualSilence(params string) time.Duration {
	const ours = 800 * time.Millisecond
	args := strings.Split(params, ",")
	if len(args) < 3 {
		return ours
	}
	ms, err := strconv.Atoi(strings.TrimSpace(args[2]))
	if err != nil || ms < 0 || ms > 5000 {
		return ours
	}
	return time.Duration(ms) * time.Millisecond
}

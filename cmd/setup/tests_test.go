package main

import (
	"strings"
	"testing"
)

func TestTallyNamesEverySkip(t *testing.T) {
	var out strings.Builder
	y := newTally(&out)
	err := y.read(strings.NewReader(`{"Action":"start","Package":"a"}
{"Action":"run","Package":"a","Test":"TestGood"}
{"Action":"output","Package":"a","Test":"TestGood","Output":"chatter\n"}
{"Action":"pass","Package":"a","Test":"TestGood"}
{"Action":"output","Package":"a","Test":"TestTwo","Output":"=== RUN   TestTwo\n"}
{"Action":"output","Package":"a","Test":"TestTwo","Output":"    x_test.go:3: SKIPPED: no MariaDB: run make test\n"}
{"Action":"output","Package":"a","Test":"TestTwo","Output":"--- SKIP: TestTwo (0.00s)\n"}
{"Action":"skip","Package":"a","Test":"TestTwo"}
{"Action":"output","Package":"a","Test":"TestOne","Output":"    x_test.go:9: SKIPPED: no MariaDB: run make test\n"}
{"Action":"skip","Package":"a","Test":"TestOne"}
{"Action":"output","Package":"a","Output":"PASS\n"}
{"Action":"output","Package":"a","Output":"ok  \ta\t0.1s\n"}
{"Action":"pass","Package":"a"}
{"Action":"output","Package":"b","Test":"TestBad","Output":"    y_test.go:1: broken\n"}
{"Action":"output","Package":"b","Test":"TestBad","Output":"        for this reason\n"}
{"Action":"output","Package":"b","Test":"TestBad","Output":"    y_test.go:2: what was there\n"}
{"Action":"output","Package":"b","Test":"TestBad","Output":"    a log of many lines: y_test.go:7: all of which was printed\n"}
{"Action":"output","Package":"b","Test":"TestBad","Output":"--- FAIL: TestBad (0.00s)\n"}
{"Action":"fail","Package":"b","Test":"TestBad"}
{"Action":"output","Package":"b","Test":"TestHung","Output":"panic: test timed out\n"}
{"Action":"output","Package":"b","Output":"FAIL\tb\t0.1s\n"}
{"Action":"fail","Package":"b"}
{"Action":"build-output","ImportPath":"c","Output":"c.go:1: no such thing\n"}
{"Action":"output","Package":"d","Output":"?   \td\t[no test files]\n"}
{"Action":"skip","Package":"d"}
{"Action":"output","Package":"e","Output":"FAIL: the stage: still there\n"}
{"Action":"fail","Package":"e"}
`))
	if skipped := y.close(); err != nil || skipped != 2 {
		t.Errorf("%d skipped, %v", skipped, err)
	}
	for _, want := range []string{
		"ok  \ta\t0.1s\n", "y_test.go:1: broken\n", "panic: test timed out\n", "FAIL\tb\t0.1s\n", "c.go:1: no such thing\n", "[no test files]",
		"SKIPPED, NOT TESTED: 2 of 4 tests.\n  a: no MariaDB: run make test\n    TestOne TestTwo\n",
		"\nFAILED: 3, of 4 tests that ran.\n  b TestBad\n    y_test.go:1: broken\n      for this reason\n    y_test.go:2: what was there\n  b TestHung\n    it had no result when its package ended\n" +
			"  e outside of its tests\n    FAIL: the stage: still there\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("does not say %q:\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), "chatter") {
		t.Errorf("repeats what a good test said:\n%s", &out)
	}
}

func TestTallySaysThatNothingWasSkipped(t *testing.T) {
	var out strings.Builder
	y := newTally(&out)
	y.event(testEvent{Action: "pass", Package: "a", Test: "TestGood"})
	if n := y.close(); n != 0 || !strings.Contains(out.String(), "Nothing was skipped: all 1 tests ran.") {
		t.Errorf("%d: %s", n, &out)
	}
}

func TestTallyExcusesWhatTakesRights(t *testing.T) {
	var out strings.Builder
	y := newTally(&out)
	for _, e := range []testEvent{
		{Action: "output", Package: "a", Test: "TestOne", Output: "    x_test.go:1: SKIPPED, NOT TESTED: NO RIGHT: no namespaces\n"}, {Action: "skip", Package: "a", Test: "TestOne"},
		{Action: "output", Package: "a", Test: "TestTwo", Output: "    x_test.go:1: SKIPPED, NOT TESTED: no MariaDB\n"}, {Action: "skip", Package: "a", Test: "TestTwo"},
	} {
		y.event(e)
	}
	if n := y.close(); n != 2 || y.excused() != 1 || !strings.Contains(out.String(), "NO RIGHT: no namespaces") {
		t.Errorf("%d skipped, %d excused:\n%s", n, y.excused(), &out)
	}
}

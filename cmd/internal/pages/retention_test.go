package pages

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// How long things are kept is set on a page, which says what goes before it is
// gone; a call on hold stays.
func TestRetention(t *testing.T) {
	o := newOffice(t)
	o.tapes()
	// Three of AUTUMN are older than a year.
	if _, err := o.sql.ExecContext(t.Context(), `UPDATE recordings SET started_at = UTC_TIMESTAMP(3) - INTERVAL 400 DAY WHERE call_id IN (1020, 1021, 1022)`); err != nil {
		t.Fatal(err)
	}
	ada := o.as("ada")
	send := func(path string, values url.Values) answer {
		t.Helper()
		a := ada.do("POST", path, values)
		if a.status == http.StatusSeeOther {
			return ada.get(a.to)
		}
		return a
	}
	rules := func() (n int) {
		t.Helper()
		if err := o.sql.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM retention`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	says := func(what string, a answer, status int, want ...string) {
		t.Helper()
		for _, w := range want {
			if a.status != status || !strings.Contains(a.body, w) {
				t.Errorf("%s: %d, no %q in %s", what, a.status, w, a.body)
			}
		}
	}
	says("nothing is set", ada.get("/retention"), http.StatusOK, "for ever", "Nothing is on hold", "400 days")
	for _, who := range []string{"mia", "sam"} {
		if a := o.as(who).get("/retention"); a.status != http.StatusForbidden {
			t.Errorf("%s sees the page: %d", who, a.status)
		}
	}
	for form, want := range map[string]string{
		"what=recordings&days=x":             "number",
		"what=calls&days=30":                 "at least 60 days",
		"what=calls&days=90&campaign=AUTUMN": "Only recordings are kept by campaign.",
		"what=cats&days=90":                  "",
		"what=recordings&days=":              "",
	} {
		values, err := url.ParseQuery(form)
		if err != nil {
			t.Fatal(err)
		}
		says(form, send("/retention", values), http.StatusUnprocessableEntity, want)
	}

	// One of them is disputed.
	says("a hold without a reason", send("/retention/holds", url.Values{"call": {"1020"}}), http.StatusUnprocessableEntity, "Say why")
	says("a hold of nothing", send("/retention/holds", url.Values{"call": {"999"}, "reason": {"a dispute"}}), http.StatusUnprocessableEntity, "There is no call of this id")
	says("a hold", send("/retention/holds", url.Values{"call": {"1020"}, "reason": {"a dispute"}}), http.StatusOK, "Call 1020 and its recordings are kept", "a dispute", "ada")

	asked := send("/retention", url.Values{"what": {"recordings"}, "days": {"365"}})
	says("what would be deleted", asked, http.StatusOK, "Delete 2 recordings (32 kB), the oldest of", "Change nothing")
	if rules() != 0 {
		t.Error("a rule was made before anybody said yes")
	}
	says("yes", send("/retention", url.Values{"what": {"recordings"}, "days": {"365"}, "sure": {"2"}}), http.StatusOK, "Recordings are kept for 365 days.")
	says("a campaign's own, which deletes nothing", send("/retention", url.Values{"what": {"recordings"}, "campaign": {"AUTUMN"}, "days": {"730"}}), http.StatusOK, "Autumn energy review", "730 days")
	if rules() != 2 {
		t.Errorf("%d rules", rules())
	}
	says("without its own rule", send("/retention/unset", url.Values{"campaign": {"AUTUMN"}}), http.StatusOK, "Delete 2 recordings")
	says("taken away", send("/retention/unset", url.Values{"campaign": {"AUTUMN"}, "sure": {"2"}}), http.StatusOK, "kept like all others, for 365 days")
	says("taken away twice", send("/retention/unset", url.Values{"campaign": {"AUTUMN"}, "sure": {"2"}}), http.StatusNotFound, "already")

	says("a question", ada.get("/retention/holds/1020/release"), http.StatusOK, "Release call 1020?")
	says("released", send("/retention/holds/1020/release", nil), http.StatusOK, "not on hold any more", "Nothing is on hold")
	says("released twice", send("/retention/holds/1020/release", nil), http.StatusNotFound, "already")
	var notes int
	if err := o.sql.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM audit WHERE user_id = 1 AND action IN ('retention.set', 'retention.unset', 'recording.hold', 'recording.release')`).Scan(&notes); err != nil || notes != 5 {
		t.Errorf("the audit log has %d entries of these (%v)", notes, err)
	}
}

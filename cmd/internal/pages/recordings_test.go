package pages

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tape makes a WAV file of a second of tone, as Asterisk writes them.
func tape(t *testing.T, path string) []byte {
	t.Helper()
	var b bytes.Buffer
	const n = 8000
	b.WriteString("RIFF")
	for _, v := range []any{uint32(36 + 2*n), []byte("WAVEfmt "), uint32(16), uint16(1), uint16(1), uint32(8000), uint32(16000), uint16(2), uint16(16), []byte("data"), uint32(2 * n)} {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		if err := binary.Write(&b, binary.LittleEndian, int16(20000*math.Sin(float64(i)/3))); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tapes puts calls with recordings into the books: 60 of AUTUMN, one of WINTER.
func (o *office) tapes() {
	o.t.Helper()
	exec := func(q string, args ...any) {
		o.t.Helper()
		if _, err := o.sql.ExecContext(o.t.Context(), q, args...); err != nil {
			o.t.Fatal(err)
		}
	}
	exec(`INSERT INTO zone_sets (id, zones) VALUES (77, 'America/New_York')`)
	exec(`INSERT INTO leads (id, list_id, zone_set, e164, phone_code, phone_number, first_name, last_name, created_at) VALUES (5, 1024, 77, '+16145550142', '1', '6145550142', 'Marisol', 'Vega', UTC_TIMESTAMP(3))`)
	for i := range 61 {
		campaign := "AUTUMN"
		if i == 60 {
			campaign = "WINTER"
		}
		number := "+16145550142"
		if i == 7 {
			number = "+16145550107"
		}
		exec(`INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, user_id, placed_at, status) VALUES (?, NULL, 'ENDED', ?, 1024, 5, ?, 1, 1, 4, TIMESTAMPADD(MINUTE, ?, UTC_TIMESTAMP(3)), 'SALE')`, 1000+i, campaign, number, -i)
		exec(`INSERT INTO recordings (call_id, server_id, file, started_at, state, bytes, length_ms) VALUES (?, 1, ?, TIMESTAMPADD(MINUTE, ?, UTC_TIMESTAMP(3)), ?, 16044, 61000)`, 1000+i, fmt.Sprintf("2026/%d.wav", 1000+i), -i, cmp.Or(map[int]string{9: "LOST", 10: "SHORT"}[i], "DONE"))
	}
}

func TestRecordingsAreFoundAndHeard(t *testing.T) {
	o := newOffice(t)
	o.tapes()
	sound := tape(t, filepath.Join(o.dir, "2026", "1003.wav"))
	sam := o.as("sam")
	first := sam.get("/recordings").is(200, "Marisol Vega", "1:01", "Nadia K.", "Older")
	if n := strings.Count(first.body, `<a href="/recordings/1`); n != 50 {
		t.Errorf("%d rows on the first page", n)
	}
	older := first.body[strings.Index(first.body, `/recordings?agent=`):]
	older = strings.ReplaceAll(older[:strings.Index(older, `"`)], "&amp;", "&")
	if page := sam.get(older).is(200); strings.Count(page.body, `<a href="/recordings/1`) != 10 || strings.Contains(page.body, "/recordings/1060") {
		t.Errorf("the second page has %d rows, or another's campaign", strings.Count(page.body, `<a href="/recordings/1`))
	}
	for query, n := range map[string]int{"number=(614)+555-0107": 1, "agent=nadia&number=614+555+0107": 1, "agent=otto": 0, "campaign=AUTUMN&number=6145550107": 1, "from=2020-01-01&to=2020-01-02": 0, "list=1024&number=614+555+0107": 1, "list=1025": 0, "outcome=sale&number=614+555+0107": 1, "outcome=NOPE": 0} {
		if got := strings.Count(sam.get("/recordings?"+query).is(200).body, `<a href="/recordings/1`); got != n {
			t.Errorf("%s finds %d", query, got)
		}
	}
	for _, bad := range []string{"number=x", "number=555", "list=all", "list=-1", "outcome=a%27", "campaign=WINTER", "agent=a%27--", "from=x", "before=1.2"} {
		sam.get("/recordings?" + bad).is(422)
	}

	page := sam.get("/recordings/1003").is(200, "Marisol Vega", "Outcome Sale (SALE)", "(614) 555-0142", "Playing it is written into the audit log")
	if strings.Count(page.body, "M") < 300 || !strings.Contains(page.body, `src="/recordings/1003/1"`) {
		t.Error("there is no picture, or nothing to play")
	}
	if n := stored[int](o, "SELECT COUNT(*) FROM audit WHERE action = 'recording.listen'"); n != 0 {
		t.Errorf("%d listenings before one", n)
	}
	if a := sam.get("/recordings/1003/1"); a.status != 200 || a.body != string(sound) || a.head.Get("Content-Type") != "audio/wav" {
		t.Errorf("the sound: %d, %d bytes", a.status, len(a.body))
	}
	if s := stored[string](o, "SELECT CONCAT_WS(' ', user_id, object, after_) FROM audit WHERE action = 'recording.listen'"); !strings.HasPrefix(s, "3 recording/1003 ") || !strings.Contains(s, "+16145550142") {
		t.Errorf("the audit log has %s", s)
	}
	// A later piece belongs to that listening; one by whoever never asked for the
	// beginning is a listening all the same.
	for _, who := range []string{"sam", "ada", "ada"} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", o.server.URL+"/recordings/1003/1", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Range", "bytes=44-")
		a, err := o.as(who).http.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		rest, err := io.ReadAll(a.Body)
		a.Body.Close()
		if err != nil || a.StatusCode != 206 || string(rest) != string(sound[44:]) {
			t.Errorf("the rest of the sound for %s: %d, %d bytes, %v", who, a.StatusCode, len(rest), err)
		}
	}
	if s := stored[string](o, "SELECT GROUP_CONCAT(user_id ORDER BY user_id) FROM audit WHERE action = 'recording.listen'"); s != "1,3" {
		t.Errorf("the audit log says that these have listened: %s", s)
	}
	sam.get("/recordings/1004").is(200, "The file is not here")
	sam.get("/recordings/1009").is(200, "lost before it was complete")
	sam.get("/recordings/1010").is(200, "too short to be recorded", "Nothing was lost")
	if !strings.Contains(first.body, "Too short to be recorded") {
		t.Error("the list does not say that a call was too short")
	}
	sam.get("/recordings/1004/1").is(404)
	sam.get("/recordings/1010/1").is(404)
	sam.get("/recordings/1003/2").is(404)
	// Another campaign's is not there at all.
	sam.get("/recordings/1060").is(404)
	sam.get("/recordings/1060/1").is(404)
	o.as("ada").get("/recordings/1060").is(200)
}

// A row that names a file outside of the folder opens nothing (the way of
// CVE-2024-8504 ended in a file name).
func TestFileNamesLeadNowhere(t *testing.T) {
	o := newOffice(t)
	o.tapes()
	secret := filepath.Join(filepath.Dir(o.dir), "secret.wav")
	tape(t, secret)
	if err := os.Symlink(secret, filepath.Join(o.dir, "link.wav")); err != nil {
		t.Fatal(err)
	}
	ada := o.as("ada")
	for _, file := range []string{"../secret.wav", "/etc/passwd", "link.wav", "2026/../../secret.wav", "a\x00b"} {
		if _, err := o.sql.Exec("UPDATE recordings SET file = ? WHERE call_id = 1003", file); err != nil {
			t.Fatal(err)
		}
		if a := ada.get("/recordings/1003/1"); a.status == 200 || strings.Contains(a.body, "RIFF") || strings.Contains(a.body, "root:") {
			t.Errorf("%q is served: %d", file, a.status)
		}
	}
}

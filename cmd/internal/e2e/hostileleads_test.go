package e2e

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/mariadb"
	"trunkline/webui/facts"
	"trunkline/webui/signin"
)

// wayIn is one way in which leads come.
type wayIn struct {
	name string
	// add offers a lead: taken, or refused with a sentence.
	add func(t *testing.T, name, number string) (taken bool, says string)
}

// TestHostileLeadsByEveryWay: whatever stands in the name or the number of a lead
// that is typed, imported or sent by a program, it is refused with a sentence or
// carried, and then the lead is dialed like any other. The far ends refuse each in
// their own way: no agent is needed, but for pacing one who is free.
func TestHostileLeadsByEveryWay(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	c := s.campaign(t, nil, func(c *dialer.Campaign) { c.DialLevel = 5 })
	const phrase = `2125550199;"%s'` // which would be the caller id, were it a number
	if _, err := s.sql.ExecContext(t.Context(), "UPDATE campaigns SET custom_caller_id = TRUE WHERE id = ?", c.id); err != nil {
		t.Fatal(err)
	}
	var boss dialer.UserID
	c.hireWith(t, "hostileboss", dialer.RoleAdmin, func(id dialer.UserID) dialer.Phone {
		boss = id
		return app.WebRTCPhone(id, "hostileboss", c.server)
	})
	desk := demo.NewDesk(c.cfg.Web.PublicURL)
	if err := desk.Admin(t.Context(), "hostileboss", c.secret); err != nil {
		t.Fatal(err)
	}
	ways := []wayIn{
		{"an import", func(t *testing.T, name, number string) (bool, string) {
			var text bytes.Buffer
			w := csv.NewWriter(&text)
			_ = w.WriteAll([][]string{{"phone_number", "first_name", "security_phrase"}, {number, name, phrase}}) // into memory
			file := filepath.Join(t.TempDir(), "leads.csv")
			if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			r, err := app.ImportLeads(t.Context(), c.db, app.LeadImport{List: c.list}, file)
			switch {
			case err != nil:
				return false, err.Error()
			case r.Accepted == 1:
				return true, ""
			case len(r.Problems) != 1:
				t.Errorf("%d leads were taken, and %d rows are said to be bad", r.Accepted, len(r.Problems))
				return false, ""
			}
			return false, r.Problems[0].Sentence
		}},
		{"the page", func(t *testing.T, name, number string) (bool, string) {
			_, err := desk.Post(t.Context(), "/leads", url.Values{
				"list_id": {fmt.Sprint(c.list)}, "status": {"NEW"}, "phone_code": {"1"}, "phone_number": {number}, "first_name": {name}, "security_phrase": {phrase}, "rank": {"0"},
			})
			switch {
			case err == nil, strings.Contains(err.Error(), ": 303"):
				return true, ""
			case !strings.Contains(err.Error(), ": 422"):
				t.Errorf("the page breaks: %.300v", err)
			}
			return false, err.Error()
		}},
		{"the API", program(t, c, boss, phrase)},
	}
	// Most are refused by their carrier at once, the last ring on or say nothing.
	free := strings.Fields("02 04 05 12 14 21 22 23 13 11 03 20 07")
	for _, w := range ways {
		for _, name := range []string{`"';--%s%n${EXTEN}`, "x;y,z|w&v>", "a\r\nAction: Ping\r\n\r\n", "a\x00b", strings.Repeat("n", 10<<10)} {
			taken, says := w.add(t, name, c.e164(free[0]))
			if taken {
				free = free[1:]
			} else if !strings.Contains(says, ".") || !strings.Contains(says, " ") {
				t.Errorf("%s refuses the name %.20q and says %q", w.name, name, says)
			}
			if taken && len(free) == 0 {
				t.Fatal("more is taken than there are carriers' refusals to try it with")
			}
		}
		number := c.e164(free[0])
		for _, bad := range []string{number + "\r\nX: y", number + `"`, number + "%s", number + ";ext=1", number[:8] + "\x00" + number[8:], number + "${EXTEN}", strings.Repeat("1", 10<<10), "1\x002"} {
			taken, says := w.add(t, "Pat", bad)
			var there int
			err := s.sql.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM leads WHERE list_id = ? AND e164 = ?", c.list, number).Scan(&there)
			switch {
			case err != nil:
				t.Fatal(err)
			case !taken && (there != 0 || !strings.Contains(says, ".") || !strings.Contains(says, " ")):
				t.Errorf("%s refuses the number %.30q and says %q; %d leads have it", w.name, bad, says, there)
			case taken && there != 1:
				t.Errorf("%s takes the number %.30q for another", w.name, bad)
			case taken:
				free = free[1:] // what stands behind a number is left out
				number = c.e164(free[0])
			}
		}
	}
	var leads, odd int
	err := s.sql.QueryRowContext(t.Context(), `SELECT COUNT(*), SUM(first_name REGEXP '[[:cntrl:]]' OR CHAR_LENGTH(first_name) > 30) FROM leads WHERE list_id = ?`, c.list).Scan(&leads, &odd)
	if err != nil || leads < 6 || odd != 0 {
		t.Fatalf("%d leads, %d of them with a name that is none (%v)", leads, odd, err)
	}
	h := c.hand(t)
	h.ready()
	c.start(t)
	for suffix, r := range c.settledRows(t, leads) {
		if !r.sent || r.status == dialer.StatusError {
			t.Errorf("%s: %+v", suffix, r)
		}
	}
	c.audit(t)
	h.logout()
}

// program adds leads by the API, with a token of a user's.
func program(t *testing.T, c *campaign, user dialer.UserID, phrase string) func(*testing.T, string, string) (bool, string) {
	t.Helper()
	token, hash := signin.NewToken()
	_, err := mariadb.NewTokens(c.db).Create(t.Context(), audit.By{User: user, At: time.Now()}, facts.Token{
		Name: "hostile", UserID: user, Rights: string(dialer.RightLeads), Active: true, ExpiresOn: time.Now().AddDate(0, 0, 7).UTC().Format(time.DateOnly), Hash: hash,
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(t *testing.T, name, number string) (bool, string) {
		t.Helper()
		body, err := json.Marshal(map[string]any{"list_id": c.list, "phone_number": number, "first_name": name, "security_phrase": phrase})
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.cfg.Web.PublicURL+"/api/v1/leads", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		text, err := io.ReadAll(a.Body)
		switch {
		case err != nil:
			t.Fatal(err)
		case a.StatusCode == http.StatusCreated:
			return true, ""
		case a.StatusCode != http.StatusUnprocessableEntity && a.StatusCode != http.StatusBadRequest:
			t.Errorf("the API answers %d: %.300s", a.StatusCode, text)
		}
		return false, string(text)
	}
}

package e2e

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"trunkline/cmd/internal/app"
	"trunkline/dialer"
)

// fill types into the form of a page and sends it.
func (p *page) fill(path string, answers ...string) {
	p.t.Helper()
	p.do(chromedp.Navigate(p.s.cfg.Web.PublicURL+path), chromedp.WaitVisible(chromedp.CSS(`[data-testid="form"]`)))
	for i := 0; i+1 < len(answers); i += 2 {
		name, value := answers[i], answers[i+1]
		filled, err := ask[bool](p, fmt.Sprintf(`(() => {
			const all = [...document.querySelectorAll('[data-testid="form"] [name=%[1]q]')], value = %[2]q;
			const one = all.find(e => e.type === "radio" || e.type === "checkbox" ? e.value === value : true);
			if (!one) return false;
			if (one.type === "radio" || one.type === "checkbox") one.checked = true;
			else if (one.tagName === "SELECT") {
				const option = [...one.options].find(o => o.value === value || o.text === value);
				if (!option) return false;
				one.value = option.value;
			} else one.value = value;
			return true;
		})()`, name, value))
		if err != nil || !filled {
			p.t.Fatalf("%s has no answer %q for %s (%v)", path, value, name, err)
		}
	}
	p.do(chromedp.Click(chromedp.CSS(`[data-testid="form"] .btn.main`)))
}

// member is the password of the carrier's customer member.
func (s *stage) member(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.far().Dir, "etc", "pjsip.conf"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^username = member\npassword = (\w+)$`).FindSubmatch(text)
	if m == nil {
		t.Fatal("the carrier has no customer with an account")
	}
	return string(m[1])
}

// reported follows the campaign's one call into the reports: the sums have it
// once hopper-fill's host has counted it, the log shows that very call, and so
// does the file that is taken away.
func (p *page) reported(lead, call, e164 string) {
	p.t.Helper()
	at := p.s.cfg.Web.PublicURL
	sums := `fetch("/reports/outbound?campaign=SETUP&agent=setup1&by=campaign").then(a => a.text()).then(t => new DOMParser().parseFromString(t, "text/html"))
		.then(d => d.querySelector("[data-testid=table-by-campaign] tbody tr")?.innerText.replace(/\s+/g, " ") ?? "")`
	for _, report := range []string{"outbound?campaign=SETUP&by=campaign", "outbound?campaign=SETUP&by=campaign&agent=setup1"} {
		err := p.s.await(func() (bool, error) {
			row, err := ask[string](p, strings.Replace(sums, "outbound?campaign=SETUP&agent=setup1&by=campaign", report, 1))
			return strings.HasPrefix(row, "Set up on the pages") && strings.Contains(row, "1") && strings.HasSuffix(strings.TrimSpace(row), "1"), err
		})
		if err != nil {
			p.t.Errorf("the report %s has no call that was sold: %v", report, err)
		}
	}
	p.do(chromedp.Navigate(at+"/reports/calls?campaign=SETUP"), chromedp.WaitVisible(chromedp.CSS("[data-testid=table-calls]")))
	shown, err := ask[string](p, `[...document.querySelectorAll("[data-testid=table-calls] tbody tr")].map(r => [...r.cells].map(c => c.textContent.trim()).join("|")).join("\n")`)
	number := fmt.Sprintf("(%s) %s-%s", e164[2:5], e164[5:8], e164[8:])
	if err != nil || strings.Count(shown, "\n") > 0 || !strings.Contains(shown, "|"+number+"|") || !strings.Contains(shown, "|SALE|") || !strings.Contains(shown, "|Sasha Setup|") || !strings.HasSuffix(shown, "|"+call) {
		p.t.Errorf("the call log shows %q, and not call %s to %s alone (%v)", shown, call, number, err)
	}
	file, err := ask[string](p, `fetch(document.querySelector("[data-testid=csv]").href).then(a => a.text())`)
	if err != nil {
		p.t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file, "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 2 || !slices.Contains(rows[1], call) || !slices.ContainsFunc(rows[1], func(cell string) bool { return strings.TrimPrefix(cell, "'") == e164 }) || !slices.Contains(rows[1], "Sasha Setup") || !slices.Contains(rows[1], lead) {
		p.t.Errorf("the file has %q (%v)", rows, err)
	}
}

// From an empty form to a call: an admin sets up a carrier, a user with a phone
// and a campaign in the browser, and without a shell or a restart an agent talks
// over them.
func TestWhatIsSetUpOnThePagesIsDialed(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	p := s.browse(t)
	c := s.campaign(t, []string{"30"}, nil) // another campaign's lead, left alone
	c.hireWith(t, "chief", dialer.RoleAdmin, func(id dialer.UserID) dialer.Phone { return app.WebRTCPhone(id, "chief", s.server) })
	p.do(
		chromedp.Navigate(s.cfg.Web.PublicURL+"/login"),
		chromedp.WaitVisible(chromedp.CSS("#user")),
		chromedp.SendKeys(chromedp.CSS("#user"), "chief"),
		chromedp.SendKeys(chromedp.CSS("#password"), s.secret+kb.Enter),
	)
	p.until("the way in", `location.pathname === "/campaigns"`)
	// The carrier has given us an account: it knows us by the name in From alone, and asks for the password.
	member := s.member(t)
	p.fill("/carriers/new", "name", "set-up", "host", s.carrier.Host, "port", fmt.Sprint(s.carrier.Port),
		"auth_user", "member", "secret", member, "registers", "on", "from_user", "member")
	p.until("the doubt, since the stage's other phones come from there", `document.body.innerText.includes("phone comes from `+s.carrier.Host+`, too.") && document.body.innerText.includes("Save again if it is meant.") && document.body.innerText.includes("Type it again: a password is not sent back")`)
	p.do(chromedp.SendKeys(chromedp.CSS("#secret"), member), chromedp.Click(chromedp.CSS(`[data-testid="form"] .btn.main`)))
	p.until("the carrier", `document.querySelector('[data-testid=flash]')?.textContent.includes("Carrier set-up created")`)
	saved := time.Now()
	where, err := ask[string](p, "location.pathname")
	if err != nil {
		t.Fatal(err)
	}
	err = s.await(func() (bool, error) {
		text, err := ask[string](p, fmt.Sprintf("fetch(%q).then(a => a.text())", where))
		if strings.Contains(text, member) {
			t.Error("the page shows the password")
		}
		return strings.Contains(text, ">Registered</span>"), err
	})
	if err != nil {
		t.Fatalf("the carrier does not register: %v", err)
	}
	t.Logf("Asterisk was registered with the carrier, and the page said so, %s after it was saved", time.Since(saved).Round(100*time.Millisecond))
	p.fill("/users/new", "username", "setup1", "full_name", "Sasha Setup", "role", "agent", "user_group", "ALL")
	p.until("the password", visible("password"))
	password, err := ask[string](p, `document.querySelector('[data-testid=password]').textContent`)
	if err != nil {
		t.Fatal(err)
	}
	p.fill("/phones/new", "login", "phone-setup1", "kind", "static", "user_id", "Sasha Setup (setup1)", "contact", fmt.Sprintf("sip:phone-setup1@%s:%d", s.carrier.Host, s.carrier.Port))
	p.until("the phone", `document.querySelector('[data-testid=flash]')?.textContent.includes("Phone phone-setup1 created")`)
	p.fill("/campaigns/new",
		"name", "Set up on the pages", "id", "SETUP", "call_from_min", "0:00", "call_to_min", "24:00", "dial_method", "RATIO", "dial_level", "1",
		"caller_id", "212 555 0100", "carrier_id", "set-up", "record", "all")
	p.until("the campaign", `location.pathname === "/campaigns/SETUP/ready"`)

	// Its last step says that there are no leads; they are imported, and the way leads back.
	p.until("what is missing", `document.querySelector("[data-testid=ready-leads] .st.bad")`)
	file := filepath.Join(t.TempDir(), "leads.csv")
	c.writeLeads(t, file, []string{"31"})
	p.do(
		chromedp.Click(chromedp.CSS("[data-testid=import]")), chromedp.WaitVisible(chromedp.CSS("[data-testid=upload]")),
		chromedp.SetUploadFiles(chromedp.CSS("[data-testid=file]"), []string{file}), chromedp.Click(chromedp.CSS("[data-testid=send]")),
		chromedp.WaitVisible(chromedp.CSS("[data-testid=columns]")), chromedp.Click(chromedp.CSS(`[data-testid=form] [data-testid=start]`)),
	)
	p.until("the import", `document.querySelector("[data-testid=state]")?.textContent === "Imported"`)
	p.do(chromedp.Click(chromedp.CSS("[data-testid=onward]")))
	p.until("the leads", `location.pathname === "/campaigns/SETUP/ready" && document.querySelector("[data-testid=ready-leads] .st.good") && document.querySelector("[data-testid=ready-now] .st.good")`)

	// Asterisk knows both, by the files that keepalive wrote and by asking it.
	if err := s.settled(t.Context(), "phone-setup1"); err != nil {
		t.Fatal(err)
	}
	t.Logf("Asterisk had the carrier and the phone %s after the carrier was saved", time.Since(saved).Round(100*time.Millisecond))
	h := &hand{t: t, c: &campaign{s, "SETUP", c.list, c.area}, user: "setup1"}
	h.signInWith(password)
	h.ready()
	p.do(chromedp.Click(chromedp.CSS(`[data-testid=start]`)))
	p.until("the dialing", `document.querySelector('[data-testid=state]')?.textContent === "Dialing"`)
	h.untilState(dialer.AgentInCall)
	var carrier, phone string
	err = s.sql.QueryRowContext(t.Context(), `SELECT r.name, p.login FROM calls k JOIN carriers r ON r.id = k.carrier_id JOIN agent_sessions a ON a.id = k.session_id
		JOIN phones p ON p.id = a.phone_id WHERE k.campaign_id = 'SETUP'`).Scan(&carrier, &phone)
	if err != nil || carrier != "set-up" || phone != "phone-setup1" {
		t.Errorf("the call went over %q to %q (%v)", carrier, phone, err)
	}
	h.onCall("hangup")
	h.untilState(dialer.AgentWrapUp)
	h.dispose("SALE", "pause")
	h.logout()

	// What came of it is in the books that people look at: the lead, and the recording, which is heard.
	var lead, call string
	if err := s.sql.QueryRowContext(t.Context(), "SELECT lead_id, id FROM calls WHERE campaign_id = 'SETUP'").Scan(&lead, &call); err != nil {
		t.Fatal(err)
	}
	p.do(chromedp.Navigate(s.cfg.Web.PublicURL+"/leads/"+lead), chromedp.WaitVisible(chromedp.CSS(`[data-testid="form"]`)))
	p.until("the outcome", `document.querySelector("#status").value === "SALE" && document.body.innerText.includes("Sasha Setup")`)
	p.do(chromedp.Navigate(s.cfg.Web.PublicURL+"/recordings?agent=setup1"), chromedp.WaitVisible(chromedp.CSS(fmt.Sprintf(`a[href="/recordings/%s"]`, call))))
	err = s.await(func() (bool, error) {
		return ask[bool](p, fmt.Sprintf(`fetch("/recordings/%s/1").then(a => a.ok && a.headers.get("Content-Type") === "audio/wav")`, call))
	})
	if err != nil {
		t.Errorf("the recording is not heard: %v", err)
	}
	p.reported(lead, call, c.e164("31"))
	p.do(chromedp.Navigate(s.cfg.Web.PublicURL+"/campaigns/SETUP"), chromedp.WaitVisible(chromedp.CSS("[data-testid=stop]")))

	// What is switched off or deleted is forgotten as well.
	p.do(chromedp.Click(chromedp.CSS(`[data-testid=stop]`)), chromedp.WaitVisible(chromedp.CSS(`[data-testid=confirm-stop]`)), chromedp.Click(chromedp.CSS(`[data-testid=confirm-stop]`)))
	p.until("the stop", `document.querySelector('[data-testid=state]')?.textContent === "Stopped"`)
	p.do(chromedp.Navigate(s.cfg.Web.PublicURL+"/phones"), chromedp.WaitVisible(chromedp.CSS(`[data-testid=table]`)))
	p.do(chromedp.Click(chromedp.CSS(`[data-testid=table] a[href^="/phones/"]`)))
	p.until("a phone", `location.pathname.startsWith("/phones/")`)
	where, err = ask[string](p, `fetch("/phones?q=phone-setup1").then(a => a.text()).then(t => t.match(/href="(\/phones\/\d+)"/)[1])`)
	if err != nil || !strings.HasPrefix(where, "/phones/") {
		t.Fatalf("the phone is at %q (%v)", where, err)
	}
	p.do(chromedp.Navigate(s.cfg.Web.PublicURL+where), chromedp.WaitVisible(chromedp.CSS(`[data-testid=delete]`)), chromedp.Click(chromedp.CSS(`[data-testid=delete]`)))
	p.until("the question", `document.querySelector("#delete").open`)
	p.do(chromedp.Click(chromedp.CSS(`[data-testid=do-delete]`)))
	p.until("the deletion", `document.querySelector('[data-testid=flash]')?.textContent.includes("deleted")`)
	p.said("status of 422") // the carrier's form, asked back
	p.quiet()
}

package pages

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"trunkline/cmd/internal/rig"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
	"trunkline/webui/facts"
)

// floor puts agents on shift, calls on lines and what surrounds them: nadia and
// otto are on calls for AUTUMN and WINTER, mia (whom nobody hears), ada and sam
// are ready, paused for too long and in wrap-up for AUTUMN.
func (o *office) floor() {
	o.t.Helper()
	for _, q := range []string{
		`UPDATE campaigns SET active = 1 WHERE id = 'AUTUMN'`,
		`INSERT INTO in_groups (id, name, campaigns, changed_at) VALUES ('SALES', 'Sales line', 'WINTER', UTC_TIMESTAMP(3))`,
		`INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, session_id, user_id, placed_at, answered_at, wanted_at, bridged_at) VALUES
		 (9001, 1, 'TALKING', 'AUTUMN', 1024, 9900001, '+16145550142', 1, 1, 7004, 4, UTC_TIMESTAMP(6) - INTERVAL 90 SECOND, UTC_TIMESTAMP(6) - INTERVAL 80 SECOND, UTC_TIMESTAMP(6) - INTERVAL 80 SECOND, UTC_TIMESTAMP(6) - INTERVAL 80 SECOND),
		 (9002, 1, 'WAITING', 'AUTUMN', 1024, 9900002, '+16145550179', 1, 1, NULL, NULL, UTC_TIMESTAMP(6) - INTERVAL 9 SECOND, UTC_TIMESTAMP(6) - INTERVAL 1 SECOND, UTC_TIMESTAMP(6) - INTERVAL 1 SECOND, NULL),
		 (9003, 1, 'RINGING', 'AUTUMN', 1024, 9900002, '+16145550180', 1, 1, NULL, NULL, UTC_TIMESTAMP(6), NULL, NULL, NULL)`,
		`UPDATE calls SET in_group = 'SALES' WHERE id = 9002`,
		`INSERT INTO calls (id, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, session_id, user_id, placed_at, answered_at, bridged_at, ended_at, status, sip_code, cause) VALUES
		 (9004, 'ENDED', 'AUTUMN', 1024, 9900002, '+16145550181', 1, 1, 7004, 4, UTC_TIMESTAMP(6) - INTERVAL 200 SECOND, UTC_TIMESTAMP(6) - INTERVAL 180 SECOND, UTC_TIMESTAMP(6) - INTERVAL 180 SECOND, UTC_TIMESTAMP(6) - INTERVAL 95 SECOND, 'SALE', 200, 16),
		 (9005, 'ENDED', 'AUTUMN', 1024, 9900002, '+16145550182', 1, 1, NULL, NULL, UTC_TIMESTAMP(6) - INTERVAL 20 SECOND, NULL, NULL, UTC_TIMESTAMP(6) - INTERVAL 20 SECOND, 'ADC', 503, 34)`,
		`INSERT INTO calls (id, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at, ended_at, status, sip_code, cause)
		 SELECT 9100 + s.seq, 'ENDED', 'AUTUMN', 1024, 9900002, '+16145550183', 1, 1, UTC_TIMESTAMP(6) - INTERVAL 30 SECOND, UTC_TIMESTAMP(6) - INTERVAL 25 SECOND, 'NA', IF(s.seq < 4, 503, 480), 18 FROM seq_1_to_60 s`,
		`INSERT INTO agent_sessions (id, live, user_id, campaign_id, server_id, phone_id, state, pause_code, no_sound, state_since, call_id, seen_at, logged_in_at) VALUES
		 (7004, 1, 4, 'AUTUMN', 1, 1, 'INCALL', '', '', UTC_TIMESTAMP(3) - INTERVAL 80 SECOND, 9001, UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, UTC_TIMESTAMP(3) - INTERVAL 1 HOUR),
		 (7005, 1, 5, 'WINTER', 1, 2, 'READY', '', '', UTC_TIMESTAMP(3) - INTERVAL 12 SECOND, NULL, UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, UTC_TIMESTAMP(3) - INTERVAL 1 HOUR),
		 (7002, 1, 2, 'AUTUMN', 1, 3, 'READY', '', 'phone', UTC_TIMESTAMP(3) - INTERVAL 7 SECOND, NULL, UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, UTC_TIMESTAMP(3) - INTERVAL 1 HOUR),
		 (7001, 1, 1, 'AUTUMN', 1, 4, 'PAUSED', 'BREAK', '', UTC_TIMESTAMP(3) - INTERVAL 20 MINUTE, NULL, UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, UTC_TIMESTAMP(3) - INTERVAL 1 HOUR),
		 (7003, 1, 3, 'AUTUMN', 1, 5, 'WRAPUP', '', '', UTC_TIMESTAMP(3) - INTERVAL 70 SECOND, NULL, UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, UTC_TIMESTAMP(3) - INTERVAL 1 HOUR)`,
		`INSERT INTO agent_log (session_id, user_id, campaign_id, state, from_at, to_at)
		 SELECT 7001 + s.seq % 4, 1 + s.seq % 4, 'AUTUMN', ELT(1 + s.seq % 4, 'INCALL', 'READY', 'WRAPUP', 'INCALL'), UTC_TIMESTAMP(3) - INTERVAL (s.seq DIV 4 + 1) * 4 MINUTE, UTC_TIMESTAMP(3) - INTERVAL (s.seq DIV 4) * 4 MINUTE
		 FROM seq_1_to_60 s`,
		`INSERT INTO hopper (campaign_id, lead_id, list_id, added_at) VALUES ('AUTUMN', 9900001, 1024, UTC_TIMESTAMP(3)), ('AUTUMN', 9900002, 1024, UTC_TIMESTAMP(3))`,
		`INSERT INTO pacing_states (campaign_id, server_id, decided_at, place, bound, reason) VALUES
		 ('AUTUMN', 1, UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, 3, 'budget', 'Placing 3: 2.1 agents expected free in 6 s, 1.4 answers in flight, drop budget 0.4 % left.')`,
		`INSERT INTO pacing_models (campaign_id, saved_at, model, adapt, ledgers) VALUES ('AUTUMN', UTC_TIMESTAMP(3), '', '', '[
		 {"Name":"US, 30 days","Source":"47 CFR 64.1200(a)(7)","From":"2026-10-29T00:00:00Z","To":"2026-11-28T00:00:00Z","Drops":1558,"Calls":62340,"Upper":0.026,"Limit":0.03,"Binds":true},
		 {"Name":"UK, 24 hours","Source":"Ofcom","From":"2026-11-27T00:00:00Z","To":"2026-11-28T00:00:00Z","Drops":58,"Calls":2741,"Upper":0.0257,"Limit":0.03,"Binds":false}]')`,
	} {
		if _, err := o.sql.ExecContext(o.t.Context(), q); err != nil {
			o.t.Fatalf("%s: %v", q, err)
		}
	}
}

// tell changes a row, and writes the event that the change has.
func (o *office) tell(campaign, query string, args ...any) {
	o.t.Helper()
	if _, err := o.sql.ExecContext(o.t.Context(), query, args...); err != nil {
		o.t.Fatal(err)
	}
	if _, err := o.sql.ExecContext(o.t.Context(), `INSERT INTO events (at, server_id, kind, campaign_id) VALUES (UTC_TIMESTAMP(3), 1, 'agent', ?)`, campaign); err != nil {
		o.t.Fatal(err)
	}
}

// A supervisor's board in a real browser: what changes is pushed, and nothing
// else of the page is touched; the supervisor pauses an agent from it, who is
// told why; without the database it says so, and it comes back by itself.
func TestLiveBoard(t *testing.T) {
	o := newOffice(t)
	o.floor()
	o.exec(`INSERT INTO pause_codes (campaign_id, code, name, position) VALUES ('AUTUMN', 'COACH', 'Autumn coaching', 90), ('WINTER', 'HUDDLE', 'Winter huddle', 91)`)
	for _, c := range []struct {
		who, path string
		codes     string // that the page carries, of these three
	}{{"sam", "/board", "BREAK COACH"}, {"ada", "/board", "BREAK COACH HUDDLE"}, {"ada", "/board/WINTER", "BREAK HUDDLE"}} {
		body := o.as(c.who).get(c.path).body
		var codes []string
		for _, code := range []string{"BREAK", "COACH", "HUDDLE"} {
			if strings.Contains(body, `value="`+code+`"`) {
				codes = append(codes, code)
			}
		}
		if got := strings.Join(codes, " "); got != c.codes || strings.Contains(body, "Winter huddle") != strings.Contains(c.codes, "HUDDLE") {
			t.Errorf("%s of %s carries the pause codes %s, want %s", c.path, c.who, got, c.codes)
		}
	}
	w := o.browse()
	w.signIn("sam")
	w.open("/board")
	w.until("the board", `document.querySelector("#live").textContent === "Live"`)
	row := func(id string) string { return `document.querySelector("#a-` + id + `")` }
	says := func(id string) string { return row(id) + `?.innerText.replace(/\s+/g, " ")` }
	w.until("the agent on a call", says("7004")+`.includes("On call") && `+says("7004")+`.includes("(614) 555-0142")`)
	if there, err := ask[bool](w, row("7005")+` !== null || document.body.innerText.includes("Winter")`); err != nil || there {
		t.Errorf("an agent and a campaign of another group are on the board (%v)", err)
	}
	w.until("those who need a look", `[...document.querySelectorAll("#look tr[data-name]")].map(r => r.id).join(" ") === "a-7001 a-7002"`)
	w.until("the chart", `document.querySelector(".hour canvas") && document.querySelectorAll("#b-hour tbody tr").length === 30`)
	for what, want := range map[string]string{
		"#b-pacing": "drop budget 0.4 % left", "#b-ledgers": "2.50 % of 3 %", "#b-waiting": "Sales line", "#b-carriers": "Refusing 6 %", "#b-hopper": "2 leads",
	} {
		w.until(what, `document.querySelector("`+what+`").textContent.includes("`+want+`")`)
	}

	// One row changes: no other is touched, the focus stays where it was, and a
	// click under which the row changes is heard.
	if _, err := ask[bool](w, `window.touched = [];
		new MutationObserver(all => window.touched.push(...all.map(m => m.target.nodeName).filter(n => n !== "TIME" && n !== "#text"))).observe(`+row("7003")+`, {subtree: true, childList: true, attributes: true});
		window.was = `+row("7004")+`.querySelector("button"); window.was.focus(); true`); err != nil {
		t.Fatal(err)
	}
	w.pointer(input.DispatchMouseEventTypeMousePressed, `[data-testid="agent-7004"]`)
	o.tell("AUTUMN", `UPDATE agent_sessions SET state = 'WRAPUP', state_since = UTC_TIMESTAMP(3) WHERE id = 7004`)
	w.until("the change", says("7004")+`.includes("Wrap-up")`)
	if kept, err := ask[bool](w, `window.touched.length === 0 && document.activeElement.id === "a-7004-open" && document.activeElement === window.was`); err != nil || !kept {
		t.Errorf("another row was drawn again, or the focus is lost (%v)", err)
	}
	w.pointer(input.DispatchMouseEventTypeMouseReleased, `[data-testid="agent-7004"]`)
	w.until("the dialog of the agent who was clicked", `document.querySelector("#agent").open`)
	w.do(chromedp.KeyEvent(kb.Escape))
	w.until("the board again", `!document.querySelector("#agent").open`)
	o.tell("AUTUMN", `UPDATE agent_sessions SET live = NULL, state = 'OUT' WHERE id = 7003`)
	w.until("one who leaves", row("7003")+` === null`)

	// The supervisor pauses an agent.
	w.do(chromedp.Click(chromedp.CSS(`[data-testid="agent-7004"]`)), chromedp.SendKeys(chromedp.CSS("#says"), "Come to my desk"), chromedp.Click(chromedp.CSS(`[data-testid="do-pause"]`)))
	w.until("the question", `document.querySelector("#agent-question").textContent.includes("Pause Nadia K.?")`)
	for _, found := range w.axe(axeAll) {
		t.Errorf("the dialog: %s", found)
	}
	w.do(chromedp.Click(chromedp.CSS(`[data-testid="do-sure"]`)))
	w.until("the answer", `document.querySelector("#note")?.textContent.includes("Nadia K. is paused after this call")`)
	if kind := stored[string](o, `SELECT kind FROM intents WHERE session_id = 7004`); kind != "pause" {
		t.Errorf("asked of the shift: %s", kind)
	}
	w.quiet("/board")
}

// A wallboard that nobody touches comes back by itself when its connection was
// cut, shows what happened meanwhile, and until then that it is not of now.
func TestWallboardComesBack(t *testing.T) {
	o := newOffice(t)
	o.floor()
	cable, err := rig.NewWire("127.0.0.1:0", "tcp", strings.TrimPrefix(o.server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cable.Close() })
	w := o.browse()
	w.signIn("sam")
	w.do(chromedp.Navigate("http://" + cable.Addr() + "/wallboard"))
	const live, ready = `document.querySelector("#live").textContent`, `document.querySelector("#w-states .ready b").textContent`
	w.until("the wallboard", live+` === "Live" && `+ready+` === "1"`)
	if _, err := ask[bool](w, `window.untouched = true`); err != nil {
		t.Fatal(err)
	}
	cable.Lead("tcp", "127.0.0.1:1")
	cable.Cut()
	w.until("that it is not of now", live+`.startsWith("Not live since ") && document.body.classList.contains("stale") && getComputedStyle(document.querySelector("#w-states .card")).filter === "grayscale(1)"`)
	for _, found := range w.axe(axeAll) {
		t.Errorf("while it is not live: %s", found)
	}
	w.picture("wallboard-stale")
	o.tell("AUTUMN", `UPDATE agent_sessions SET state = 'READY', state_since = UTC_TIMESTAMP(3) WHERE id IN (7001, 7003)`)
	cable.Lead("tcp", strings.TrimPrefix(o.server.URL, "http://"))
	w.until("that it is back", live+` === "Live" && !document.body.classList.contains("stale") && `+ready+` === "3" && window.untouched`)
}

// What supervisors ask of shifts is theirs to ask, and said and written down; the
// agent's screen has the reason.
func TestSupervisorsHand(t *testing.T) {
	o := newOffice(t)
	o.floor()
	sam := o.as("sam")
	sam.post("/board/agents/7004/pause", "says", "", "code", "BREAK").is(422, "Say why: Nadia K. is shown it.")
	sam.post("/board/agents/7004/pause", "says", "x", "code", "NONE").is(422, "Choose a pause code")
	sam.post("/board/agents/7004/pause", "says", strings.Repeat("x", 201), "code", "BREAK").is(422, "longer than 200")
	sam.post("/board/agents/7005/pause", "says", "x", "code", "BREAK").is(404, "not on shift")
	sam.post("/board/agents/7004/signout", "says", "x").is(409, "has a customer on the line")
	sam.post("/board/agents/7002/signout", "says", "  Fire drill\n ").is(200, "Mia M.'s shift ends")
	if n := stored[int](o, `SELECT COUNT(*) FROM intents`); n != 1 {
		t.Errorf("%d intents, want that of the one that was allowed", n)
	}
	if said := stored[string](o, `SELECT CONCAT(action, ' ', object, ' ', after_) FROM audit WHERE action LIKE 'agent.%'`); !strings.Contains(said, "agent.logout session/7002") || !strings.Contains(said, "Fire drill") {
		t.Errorf("the audit says %s", said)
	}
	desk, err := mariadb.NewWebDesk(o.db).Desk(t.Context(), facts.DeskQuery{Session: 7002, Now: time.Now().UTC()})
	if err != nil || desk.Notice == nil || desk.Notice.Who != "Sam S." || desk.Notice.Says != "Fire drill" || desk.Notice.Kind != dialer.IntentLogout {
		t.Errorf("the agent is told %+v (%v)", desk.Notice, err)
	}
	// A call that is over, and one hour later, is another agent's business.
	if n := stored[int](o, `SELECT COUNT(*) FROM agent_notices WHERE session_id <> 7002`); n != 0 {
		t.Errorf("%d notices for others", n)
	}
}

// Two supervisors change a campaign in flight: what both changed is asked again.
func TestCampaignInFlight(t *testing.T) {
	o := newOffice(t)
	sam, mia := o.as("sam"), o.as("mia")
	first, second := sam.get("/board/AUTUMN/flight").is(200).seen(), mia.get("/board/AUTUMN/flight").is(200).seen()
	form := func(seen, method, level, drop string) []string {
		return []string{"seen", seen, "dial_method", method, "dial_level", level, "max_level", "3", "drop_percent", drop}
	}
	sam.post("/board/AUTUMN/flight", form(first, "RATIO", "21", "3")...).is(422, "Enter a number from 0 to 20")
	sam.leads(sam.post("/board/AUTUMN/flight", form(first, "RATIO", "2.5", "3")...), "Saved.")
	mia.post("/board/AUTUMN/flight", form(second, "RATIO", "4", "2")...).is(409, "Sam S. changed Dial level to 2.5", "while you had 4")
	if level := stored[string](o, `SELECT CONCAT(dial_level, ' ', drop_percent) FROM campaigns WHERE id = 'AUTUMN'`); level != "2.50 3.00" {
		t.Errorf("stands: %s", level)
	}
	sam.get("/board/AUTUMN/stop").is(200, "Stop dialing Autumn energy review?")
	sam.leads(sam.post("/board/AUTUMN/start"), "Started.")
	if active := stored[bool](o, `SELECT active FROM campaigns WHERE id = 'AUTUMN'`); !active {
		t.Error("it does not dial")
	}
	sam.leads(sam.post("/board/AUTUMN/stop"), "Stopped.")
	sam.get("/board/WINTER/flight").is(403)
	sam.get("/board/NONE").is(403)
	o.as("ada").get("/board/NONE").is(404, "no such campaign")
}

// The limits of times: those of a campaign go before those of every campaign.
func TestBoardLimits(t *testing.T) {
	o := newOffice(t)
	o.floor()
	sam, ada := o.as("sam"), o.as("ada")
	sam.get("/boardlimits").is(200, "Board colours").lacks("Every campaign")
	sam.get("/boardlimits/-every").is(403)
	form := []string{"campaign_id", "AUTUMN", "ready_s", "5", "ready_over_s", "6", "call_s", "10", "call_over_s", "20", "hold_s", "0", "hold_over_s", "0",
		"wrapup_s", "30", "wrapup_over_s", "20", "paused_s", "600", "paused_over_s", "0"}
	sam.post("/boardlimits", form...).is(422, "enter at most 20")
	form[15] = "15"
	sam.leads(sam.post("/boardlimits", form...), "created.")
	form[1] = "WINTER"
	sam.post("/boardlimits", form...).is(422, "Choose one of the campaigns")
	page := ada.get("/board").is(200).body
	for _, want := range []string{`data-look="10" data-over="20"`, `data-look="60" data-over="300"`} { // AUTUMN's call; WINTER's ready
		if !strings.Contains(page, want) {
			t.Errorf("the board lacks %s", want)
		}
	}
}

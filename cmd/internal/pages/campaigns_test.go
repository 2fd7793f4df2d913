package pages

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"trunkline/sql/queries"
	"trunkline/webui/page/campaigns"
)

// fresh are the answers to the page of a new campaign.
var fresh = []string{
	"name", "Spring offer", "id", "spring", "call_from_min", "9:00", "call_to_min", "20:00", "dial_method", "RATIO", "dial_level", "1.5",
	"caller_id", "(614) 555-0100", "carrier_id", "1", "drop_action", "message", "safe_harbour", "", "amd", "drop", "voicemail", "", "record", "forced",
	"lists", "1024", "groups", "EARLY",
}

func with(pairs []string, name, value string) []string {
	changed := append([]string(nil), pairs...)
	for i := 0; i < len(changed); i += 2 {
		if changed[i] == name {
			changed[i+1] = value
		}
	}
	return changed
}

// From nothing to dialing on one page.
func TestACampaignIsCreatedOnOnePage(t *testing.T) {
	o := newOffice(t)
	ada := o.as("ada")
	ada.get("/campaigns/new").is(200, "Seven answers", "PREDICTIVE, recommended", "Tariff 2023, Ohio", "Early team, 3")
	for name, c := range map[string]struct{ field, value, says string }{
		"no name":          {"name", "", "Enter a name"},
		"a code too long":  {"id", "TOOLONGACODE", "up to 8 capital letters"},
		"a code taken":     {"id", "AUTUMN", "Another campaign has this code"},
		"hours the wrong":  {"call_to_min", "8:00", "end before they begin"},
		"no time":          {"call_from_min", "nine", "from 0:00 to 24:00"},
		"a method of none": {"dial_method", "FAST", "Choose one of those"},
		"a level too high": {"dial_level", "21", "from 0 to 20"},
		"no number":        {"caller_id", "call me", "with its area code"},
		"no such carrier":  {"carrier_id", "77", "Choose one of those"},
		"a sound with ..":  {"safe_harbour", "../../etc/passwd", "Choose one of your sounds, or enter the name of one of Asterisk"},
		"a list of none":   {"lists", "9", "There is no list 9 any more"},
		"a group of none":  {"groups", "NONE", "There is no group NONE any more"},
		"a message needed": {"amd", "message", "There is no message to leave"},
		"a queue of none":  {"drop_action", "ingroup", "Choose the in-group"},
	} {
		t.Run(name, func(t *testing.T) {
			page := ada.post("/campaigns", with(fresh, c.field, c.value)...).is(422, "Not saved", c.says)
			if !strings.Contains(page.body, `-error"`) {
				t.Error("what is wrong stands beside no field")
			}
			if c.field != "name" && !strings.Contains(page.body, `value="Spring offer"`) {
				t.Error("what was typed is not kept")
			}
		})
	}
	if n := stored[int](o, "SELECT COUNT(*) FROM campaigns"); n != 2 {
		t.Fatalf("%d campaigns after refusals", n)
	}
	page := ada.leads(ada.post("/campaigns", append(fresh, "start", "yes")...), "Spring offer dials as soon as an agent is ready", "Tariff 2023, Ohio")
	_ = page
	if s := stored[string](o, `SELECT CONCAT_WS(' ', active, dial_method, dial_level, caller_id, amd, record, call_from_min, call_to_min, drop_action, dial_timeout_s) FROM campaigns WHERE id = 'SPRING'`); s != "1 RATIO 1.50 16145550100 drop forced 540 1200 message 26" {
		t.Errorf("stored %s", s)
	}
	if c := stored[string](o, "SELECT campaign_id FROM lists WHERE id = 1024"); c != "SPRING" {
		t.Errorf("the list belongs to %s", c)
	}
	if c := stored[string](o, "SELECT campaigns FROM user_groups WHERE id = 'EARLY'"); c != "AUTUMN SPRING" {
		t.Errorf("the group has %q", c)
	}
	if n := stored[int](o, "SELECT COUNT(*) FROM audit WHERE object IN ('campaign/SPRING', 'list/1024', 'group/EARLY')"); n != 4 {
		t.Errorf("%d audit rows", n)
	}
}

// The last step says what is missing, and leads to it and back.
func TestWhatIsMissingBeforeItDials(t *testing.T) {
	o := withImports(t)
	ada := o.as("ada")
	page := ada.leads(ada.post("/campaigns", with(with(fresh, "lists", ""), "safe_harbour", "")...), "Spring offer is created", "One thing is missing", "There is nobody to call yet", "names neither your business", "Nobody is signed in", "Import leads")
	if strings.Contains(page.body, `class="btn main" data-testid="start"`) || !strings.Contains(page.body, `data-testid="start"`) {
		t.Error("starting is not offered as it should be: possible, and not the next thing to do")
	}
	ada.post("/campaigns/NONE/list").is(404)
	if early := ada.post("/campaigns", with(with(append(slices.Clone(fresh), "start", "yes"), "id", "EARLY"), "lists", "")...); early.to != "/campaigns/EARLY/ready" {
		t.Errorf("started without leads it leads to %s", early.to)
	} else {
		ada.leads(early, "It dials as soon as it has leads", "Import leads")
	}
	list := ada.leads(ada.post("/campaigns/SPRING/list"), "is ready. Send a file of leads into it", "Spring offer")
	if !strings.Contains(list.body, `<option value="1025" selected>`) {
		t.Errorf("the new list is not chosen: %.800s", list.text())
	}
	ada.get("/campaigns/SPRING/ready").is(200, "There is nobody to call yet", "Import leads") // it is not made twice
	sent := ada.send("/imports", "spring.csv", "phone_number,last_name\n6145550171,Vega\n6145550172,Ruiz\n", "list", "1025")
	if sent.status != 303 {
		t.Fatalf("%d %s", sent.status, sent.text())
	}
	ada.get(sent.to).is(200, "Back to SPRING")
	o.exec("UPDATE carriers SET active = 0")
	ada.get("/campaigns/SPRING/ready").is(200, "2 things are missing", "north-1 is switched off")
	o.exec("UPDATE carriers SET active = 1")
	o.exec("INSERT INTO zone_sets (id, zones) VALUES (90, 'America/New_York;US')")
	o.exec("INSERT INTO leads (list_id, status, zone_set, phone_code, phone_number, e164, created_at) VALUES (1025, 'SALE', 90, '1', '6145550171', '+16145550171', UTC_TIMESTAMP(3))")
	ada.get("/campaigns/SPRING/ready").is(200, "All is there", "1 lead in 1 list", "None may be called at this moment", "1: the lead")
	done := ada.leads(ada.post("/campaigns/SPRING/start"))
	done.is(200, "Dialing")
	ada.get("/campaigns/SPRING/ready").is(200, "It dials, as far as nothing below holds it back")
}

// A manager makes campaigns for the own group, and sees no others.
func TestManagersStayWithinTheirCampaigns(t *testing.T) {
	o := newOffice(t)
	mia := o.as("mia")
	mia.get("/campaigns").is(200, "Autumn energy review").lacks("Winter tariff change")
	mia.get("/campaigns/WINTER").is(403)
	mia.post("/campaigns/WINTER/settings/dialing", "name", "x").is(403)
	mia.post("/campaigns", with(fresh, "groups", "LATE")...).is(422, "Choose your own group too")
	mia.leads(mia.post("/campaigns", fresh...), "Spring offer")
	mia.get("/campaigns").is(200, "Spring offer")
	mia.get("/carriers").is(403)
	if strings.Contains(mia.get("/campaigns").body, `href="/carriers"`) {
		t.Error("the navigation offers what is refused")
	}
}

func TestSettings(t *testing.T) {
	o := newOffice(t)
	ada := o.as("ada")
	page := ada.get("/campaigns/AUTUMN/settings/hours").is(200, "Calling hours begin", "Regulation F")
	hours := []string{"seen", page.seen(), "call_from_min", "10:00", "call_to_min", "19:30", "debt", "on", "max_attempts", "6", "max_per_day", "2", "max_per_24h", "3", "max_by_state", "fl=3, ok=2", "drop_lockout_h", "72"}
	ada.leads(ada.post("/campaigns/AUTUMN/settings/hours", hours...), "takes effect on the next call", "calling hours begin from 9:00 to 10:00", "it collects debts from no to yes")
	if s := stored[string](o, "SELECT CONCAT_WS(' ', call_from_min, call_to_min, debt, max_attempts, max_by_state) FROM campaigns WHERE id = 'AUTUMN'"); s != "600 1170 1 6 FL=3 OK=2" {
		t.Errorf("stored %s", s)
	}
	if n := stored[int](o, "SELECT COUNT(*) FROM events WHERE kind = 'campaign' AND campaign_id = 'AUTUMN'"); n != 1 {
		t.Errorf("%d events for the screens", n)
	}
	ada.get("/audit").is(200, "Calling hours begin: 9:00 10:00")
	ada.post("/campaigns/AUTUMN/settings/hours", with(hours, "max_attempts", "-1")...).is(422, "from 0 to 999")
	ada.get("/campaigns/AUTUMN/settings/none").is(404)
	// Each section saves what it shows.
	for _, section := range []string{"dialing", "drops", "machines", "leads", "hours", "desk", "adapt"} {
		ada.get("/campaigns/AUTUMN/settings/"+section).is(200, "Save")
	}
	adapt := []string{
		"seen", ada.get("/campaigns/AUTUMN/settings/adapt").seen(), "diff_target", "-2", "diff_method", "CALLS_PLACED", "available_count", "WAITING_AGENTS", "available_below", "4",
		"level_one_count", "DISABLED", "level_one_below", "0", "intensity", "0", "latest_time", "20:30", "incall_threshold_s", "90",
	}
	ada.leads(ada.post("/campaigns/AUTUMN/settings/adapt", adapt...), "Saved", "latest time from 21:00 to 20:30")
	ada.get("/audit?what=campaign/").is(200, "Latest time: 21:00 20:30")
	if s := stored[string](o, "SELECT CONCAT_WS(' ', diff_target, diff_method, available_count, available_below, latest_time, incall_threshold_s) FROM campaigns WHERE id = 'AUTUMN'"); s != "-2 CALLS_PLACED WAITING_AGENTS 4 2030 90" {
		t.Errorf("stored %s", s)
	}
	// The level that a supervisor set in flight is not undone by an old form.
	dialing := ada.get("/campaigns/AUTUMN/settings/dialing")
	form := []string{
		"seen", dialing.seen(), "name", "Autumn energy review", "dial_method", "RATIO", "dial_level", "1", "max_level", "3",
		"dial_timeout_s", "22", "carrier_id", "1", "caller_id", "16145550100",
	}
	sam := o.as("sam")
	sam.post("/campaigns/AUTUMN/level", "level", "2.5").is(303)
	ada.leads(ada.post("/campaigns/AUTUMN/settings/dialing", form...), "Saved")
	if s := stored[string](o, "SELECT CONCAT_WS(' ', dial_level, dial_timeout_s, dial_method) FROM campaigns WHERE id = 'AUTUMN'"); s != "2.50 22 RATIO" {
		t.Errorf("stored %s", s)
	}
	clash := ada.post("/campaigns/AUTUMN/settings/dialing", with(form, "dial_level", "4")...).is(409, "Sam S. changed Dial level to 2.5 per agent", "you had 4 per agent")
	ada.leads(ada.post("/campaigns/AUTUMN/settings/dialing", with(with(form, "dial_level", "4"), "seen", clash.seen())...), "Saved")
	if s := stored[string](o, "SELECT dial_level FROM campaigns WHERE id = 'AUTUMN'"); s != "4.00" {
		t.Errorf("the level is %s", s)
	}
}

func TestCopyAndArchive(t *testing.T) {
	o := newOffice(t)
	ada := o.as("ada")
	if _, err := o.sql.Exec("UPDATE campaigns SET max_attempts = 7, amd_params = '2500', active = TRUE WHERE id = 'AUTUMN'"); err != nil {
		t.Fatal(err)
	}
	ada.get("/campaigns/AUTUMN/copy").is(200, "Copy Autumn energy review")
	ada.post("/campaigns/AUTUMN/copy", "id", "WINTER", "name", "Again").is(422, "Another campaign has this code")
	ada.leads(ada.post("/campaigns/AUTUMN/copy", "id", "autumn2", "name", "Autumn again"), "the same settings")
	if s := stored[string](o, "SELECT CONCAT_WS(' ', name, active, max_attempts, amd_params, caller_id) FROM campaigns WHERE id = 'AUTUMN2'"); s != "Autumn again 0 7 2500 16145550100" {
		t.Errorf("the copy is %s", s)
	}
	ada.get("/campaigns/AUTUMN/archive").is(200, "It stops dialing")
	if _, err := o.sql.Exec("INSERT INTO agent_sessions (id, live, user_id, campaign_id, server_id, phone_id, state, state_since, seen_at, logged_in_at) VALUES (1, 1, 4, 'AUTUMN', 1, 1, 'READY', NOW(), NOW(), NOW())"); err != nil {
		t.Fatal(err)
	}
	ada.post("/campaigns/AUTUMN/archive").is(409, "Agents on shift in this campaign: 1")
	if _, err := o.sql.Exec("DELETE FROM agent_sessions"); err != nil {
		t.Fatal(err)
	}
	ada.leads(ada.post("/campaigns/AUTUMN/archive"), "is archived", "Archived")
	ada.post("/campaigns/AUTUMN/start").is(409, "Restore it first")
	if active := stored[bool](o, "SELECT active FROM campaigns WHERE id = 'AUTUMN'"); active {
		t.Error("an archived campaign dials")
	}
	ada.leads(ada.post("/campaigns/AUTUMN/archive", "restore", "yes"), "restored")
	ada.post("/campaigns/AUTUMN/start").is(303)
}

// The statements know every setting's column.
func TestSettingsHaveTheirColumns(t *testing.T) {
	read, save := queries.Get("campaign-settings"), queries.Get("campaign-settings-save")
	for _, column := range campaigns.SettingColumns() {
		if !regexp.MustCompile(`\b`+column+`\b`).MatchString(read) || !strings.Contains(save, column+" = :"+column) {
			t.Errorf("%s is missing in setting-names or in campaign-settings-save", column)
		}
	}
}

// A copy takes all settings along: those that were added to the table last, too.
func TestACopyForgetsNoColumn(t *testing.T) {
	o := newOffice(t)
	rows, err := o.sql.Query("SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'campaigns'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	// The copy's own; a list mix is of lists, which stay with the first; drop_group
	// and drop_wait_s are read by daemons from before there were in-groups alone.
	own := map[string]bool{"id": true, "name": true, "active": true, "archived": true, "changed_at": true, "mix_method": true,
		"drop_group": true, "drop_wait_s": true}
	n := 0
	for rows.Next() {
		var column string
		if err := rows.Scan(&column); err != nil {
			t.Fatal(err)
		}
		n++
		if !own[column] && !regexp.MustCompile(`\b`+column+`\b`).MatchString(queries.Get("campaign-copy")) {
			t.Errorf("campaigns.%s is not in setting-names: a copy would lose it", column)
		}
	}
	if err := rows.Err(); err != nil || n < 30 {
		t.Errorf("%d columns looked at (%v)", n, err)
	}
}

var (
	tabLinks   = regexp.MustCompile(`(?s)<nav class="tabs" aria-label="Campaign">(.*?)</nav>`)
	links      = regexp.MustCompile(`href="([^"]+)"`)
	settingOn  = regexp.MustCompile(`data-setting="([^"]+)"`)
	partOn     = regexp.MustCompile(`data-testid="(recycle|filter|mix)"`)
	sentenceOf = regexp.MustCompile(`(?s)<p class="help" id="([^"]+)-help">\s*([^<]*\.)`)
)

// A campaign has no more settings in sight than somebody keeps in mind: those of
// every tab, its name and what chooses leads among them. Recycling, the filter and
// the list mix count as one each, as they are lists of whatever length. Each has a
// sentence on its effect.
func TestAtMostFortySettings(t *testing.T) {
	ada := newOffice(t).as("ada")
	bar := tabLinks.FindStringSubmatch(ada.get("/campaigns/AUTUMN").is(200).body)
	if bar == nil {
		t.Fatal("the campaign has no tabs")
	}
	var all []string
	for _, m := range links.FindAllStringSubmatch(bar[1], -1) {
		if m[1] == "/campaigns/AUTUMN" {
			continue // shows how it runs, and asks for nothing
		}
		body := ada.get(m[1]).is(200).body
		which := strings.HasSuffix(m[1], "/selection")
		if which {
			for _, part := range []string{"/filter", "/mix", "/others"} {
				body += ada.get(m[1] + part).is(200).body
			}
		}
		says := map[string]bool{}
		for _, s := range sentenceOf.FindAllStringSubmatch(body, -1) {
			says[s[1]] = true
		}
		if which {
			for _, part := range partOn.FindAllStringSubmatch(body, -1) {
				all = append(all, part[1])
			}
			body = body[strings.Index(body, `data-testid="others"`):]
		}
		for _, s := range settingOn.FindAllStringSubmatch(body, -1) {
			if all = append(all, s[1]); !says[s[1]] {
				t.Errorf("%s on %s has no sentence on its effect", s[1], m[1])
			}
		}
	}
	if len(all) > 40 || len(all) < 30 {
		t.Errorf("%d settings in sight, want at most 40 and not so few that the count is broken: %s", len(all), strings.Join(all, " "))
	}
	ada.get("/campaigns/AUTUMN/settings/dialing").is(200, "Advanced: VICIdial's methods, 8 settings")
	ada.get("/campaigns/AUTUMN/settings/adapt").is(200, "Count only agents who wait", "Intensity")
}

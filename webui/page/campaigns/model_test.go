package campaigns

import (
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/webui/counts"
	"trunkline/webui/facts"
	"trunkline/webui/ui"
)

func TestDropShare(t *testing.T) {
	for name, c := range map[string]struct {
		people, dropped    int
		text, class, width string
	}{
		"nobody yet": {0, 0, "none yet", "good", "0"},
		"none":       {100, 0, "0.00 % of 3 %", "good", "0"},
		"near":       {1000, 27, "2.70 % of 3 %", "watch", "675"},
		"at limit":   {100, 3, "3.00 % of 3 %", "watch", "750"},
		"over":       {100, 10, "10.00 % of 3 %", "bad", "1000"},
	} {
		d := newDrop(facts.CampaignLive{Connected: 5000, People: c.people, Dropped: c.dropped}) // machines too reach agents
		if d.Text != c.text || d.Class != c.class || d.Width != c.width {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

func TestDropsAreOfLiveAnswers(t *testing.T) {
	d := newDrop(facts.CampaignLive{Connected: 90, People: 1, Dropped: 1})
	if d.Detail != "1 of 1 live answer today. Machines do not count. The law counts 30 days." {
		t.Errorf("%q", d.Detail)
	}
}

func TestZonesAreNamedAsClocksShowThem(t *testing.T) {
	for want, zone := range map[string]*time.Location{
		"UTC": time.UTC, "CET (UTC+01:00)": time.FixedZone("CET", 3600), "UTC-03:00": time.FixedZone("-03", -3*3600),
		"GMT (UTC+00:00)": time.FixedZone("GMT", 0),
	} {
		if got := zoneText(time.Unix(0, 0).In(zone)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestCountsAreGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := count(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

func render(t *testing.T, m pageModel) string {
	t.Helper()
	var b strings.Builder
	if err := campaignPage(m).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCampaignPage(t *testing.T) {
	c := facts.Campaign{Campaign: dialer.Campaign{ID: "AUTUMN", Name: "Autumn <b>review</b>", Active: true, DialMethod: dialer.DialRatio, DialLevel: 2.5, DropMillis: 2000, CallFrom: 540, CallTo: 1440}}
	live := facts.CampaignLive{Active: true, Hopper: 4200, Agents: map[dialer.AgentState]int{dialer.AgentReady: 3, dialer.AgentInCall: 1}}
	lists := newLists("AUTUMN", []facts.ListLine{{ID: 1024, Name: "October", Active: true}}, counts.Count[[]facts.StatusCount]{Known: true, Value: []facts.StatusCount{{List: 1024, Status: "NA", Name: "No answer", Leads: 12}}})
	changes := []ui.ChangeLine{{When: "23 Nov 15:00", Who: "Rosa V.", What: "dial level from 2 to 2.5"}}
	page := render(t, newPageModel(ui.Frame{}, c, lists, live, changes, time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)))
	for _, want := range []string{
		"Autumn &lt;b&gt;review", `data-testid="fig-hopper">4,200`, `data-testid="agents-ready">Ready <b>3</b>`, `value="2.5"`,
		"No answer", "dial level from 2 to 2.5", `data-testid="confirm-stop"`, "Calls that are up go on",
		`hx-sse:connect="/campaigns/AUTUMN/events"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	// PREDICTIVE goes by no level: none is asked for, and none is said.
	c.DialMethod = dialer.DialPredictive
	page = render(t, newPageModel(ui.Frame{}, c, lists, live, changes, time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)))
	if !strings.Contains(page, "PREDICTIVE needs no dial level") || strings.Contains(page, `name="level"`) {
		t.Error("a level is asked for that nothing goes by")
	}
	lines := newListModel(ui.Frame{}, []facts.CampaignLine{{DialMethod: dialer.DialTapered, DialLevel: 1.5}, {DialMethod: dialer.DialPredictive, DialLevel: 1}}).Lines
	if lines[0].Method != "ADAPT_TAPERED, level 1.5" || lines[1].Method != "PREDICTIVE" {
		t.Errorf("methods %q, %q", lines[0].Method, lines[1].Method)
	}
	c.Active = false
	if m := newPageModel(ui.Frame{}, c, lists, live, changes, time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)); !strings.Contains(page, `id="live"`) || strings.Contains(page, "finding-") {
		t.Error("a campaign without findings shows one")
	} else {
		m.Findings = []facts.Finding{{Rule: "US-5", Setting: "record_notice", Says: "The message names nobody."}}
		if p := render(t, m); !strings.Contains(p, `data-testid="finding-US-5"`) || !strings.Contains(p, "/settings/machines\">Settings") || !strings.Contains(p, "The message names nobody.") {
			t.Error("a finding is not shown")
		}
	}
	page = render(t, newPageModel(ui.Frame{}, c, listsModel{}, facts.CampaignLive{}, nil, time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)))
	for _, want := range []string{`data-testid="no-lists"`, `data-testid="start"`, "Nobody has changed", "No calls are placed until you start it"} {
		if !strings.Contains(page, want) {
			t.Errorf("an empty campaign's page lacks %q", want)
		}
	}
	var b strings.Builder
	if err := listPage(newListModel(ui.Frame{}, nil)).Render(t.Context(), &b); err != nil || !strings.Contains(b.String(), `data-testid="empty"`) {
		t.Errorf("no campaigns at all: %v", err)
	}
}

package pages

import (
	"strings"
	"testing"
	"time"
)

// What a call time closes is not dialed, whichever way it comes to hold: by its
// campaign, by a list, on a holiday, in a state.
func TestCallTimesHoldDialingBack(t *testing.T) {
	o := newOffice(t)
	ada := o.as("ada")
	o.exec(`UPDATE campaigns SET call_from_min = 0, call_to_min = 1440, active = 1 WHERE id = 'AUTUMN'`)
	p := o.makes("CRM", "1", "rights", "leads", "campaigns", "*")
	// A number of fiction: no law's hours hold, so that it may be called whenever this runs.
	at := strings.TrimPrefix(p.ask("POST", "/leads", object{"list_id": 1024, "phone_number": "6145550162", "state": "OH"}).is(201).head.Get("Location"), "/api/v1") + "/call-next"
	free := func() {
		t.Helper()
		o.exec("DELETE FROM hopper")
		p.ask("POST", at, nil).is(200)
	}
	held := func(says string) {
		t.Helper()
		o.exec("DELETE FROM hopper")
		p.ask("POST", at, nil).is(409, says)
	}
	free()

	all := []string{"name", "Office", "holidays", "on", "campaigns", "AUTUMN"}
	week := func(hours string) []string {
		var pairs []string
		for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
			pairs = append(pairs, day, hours)
		}
		return pairs
	}
	save := func(pairs ...string) {
		t.Helper()
		ada.leads(ada.post("/calltimes/OFFICE", append([]string{"seen", ada.get("/calltimes/OFFICE").seen()}, pairs...)...), "saved")
	}
	ada.leads(ada.post("/calltimes", append(all, "id", "OFFICE")...), "created")
	held("at no time")
	save(append(week("0:00-24:00"), all...)...)
	free()
	save(append(append(week("0:00-24:00"), all...), "states", "OH closed")...)
	held("does not call on this day")
	save(append(append(week("0:00-24:00"), all...), "states", "FL closed")...)
	free()

	// A holiday today, where the customer is.
	eastern, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	today := time.Now().In(eastern).Format(time.DateOnly)
	made := ada.post("/holidays", "day", today, "name", "Founders' day", "hours", "")
	if page := ada.leads(made, "created"); strings.Contains(page.text(), "as on any other") {
		t.Error("a holiday that is kept is said to be none")
	}
	held("Founders' day")
	o.exec("DELETE FROM hopper")
	ada.get("/campaigns/AUTUMN/why?wait=1").is(200, "1 as it is Founders' day , by CAMPAIGN-HOURS")
	save(append(week("0:00-24:00"), "name", "Office", "campaigns", "AUTUMN")...) // without the holidays
	free()
	ada.get(made.to).is(200, "on this day calls are placed as on any other")
	save(append(week("0:00-24:00"), all...)...)
	ada.leads(ada.post(made.to+"/delete"), "deleted")
	free()

	// Of a list alone.
	save("name", "Office")
	free()
	ada.post("/lists/1024", "seen", ada.get("/lists/1024").seen(), "name", "x", "campaign_id", "AUTUMN", "active", "on", "reset_limit", "0", "call_time_id", "NONE").is(422, "Choose one of the call times")
	ada.leads(ada.post("/lists/1024", "seen", ada.get("/lists/1024").seen(), "name", "x", "campaign_id", "AUTUMN", "active", "on", "reset_limit", "0", "call_time_id", "OFFICE"), "saved")
	held("at no time")
	ada.post("/calltimes/OFFICE/delete").is(409, "list 1024")

	// Who has to do with some campaigns sets no hours for others.
	save(append(week("0:00-24:00"), "name", "Office", "campaigns", "*")...)
	mia := o.as("mia")
	mia.get("/calltimes/OFFICE").is(403)
	mia.get("/calltimes/new").is(200, "Autumn energy review").lacks("Winter tariff change", "Every campaign")
	mia.get("/ingroups/new").is(200, "Autumn energy review").lacks("Winter tariff change")
	for _, others := range []string{"WINTER", "*"} {
		mia.post("/calltimes", "id", "MINE", "name", "Mine", "campaigns", others).is(422, "Choose among those that are offered")
	}
	mia.leads(mia.post("/calltimes", "id", "MINE", "name", "Mine", "campaigns", "AUTUMN"), "created")
}

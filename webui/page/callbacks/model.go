package callbacks

import (
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/ui"
)

type listModel struct {
	Frame     ui.Frame
	Ended     bool
	Campaign  string
	Campaigns []ui.Choice
	Rows      []row
	More      string
}

type row struct {
	ID, Href, LeadHref, Name, Number, When, There, Who, State, Class, Campaign, Comments string
}

func newRow(l dialer.CallbackLine, now time.Time, zone *time.Location) row {
	out := row{
		ID: strconv.FormatInt(int64(l.ID), 10), LeadHref: "/leads/" + strconv.FormatInt(int64(l.LeadID), 10), Name: l.LeadName, Number: ui.Phone(l.E164),
		When: l.DueAt.In(zone).Format("Mon 2 Jan, 15:04"), There: l.DueAt.In(zoneOf(l.Zone)).Format("15:04") + " in " + place(l.Zone),
		Who: "Whoever is free", Campaign: l.CampaignName, Comments: l.Comments,
	}
	out.Href = "/callbacks/" + out.ID
	if out.Name == "" {
		out.Name = "No name"
	}
	if l.Kind == dialer.CallbackUserOnly {
		out.Who = l.Agent
	}
	switch {
	case l.State == dialer.CallbackDone:
		out.State, out.Class = "Reached", "good"
	case l.State == dialer.CallbackDead:
		out.State, out.Class = "Given up", "mute"
	case l.State == dialer.CallbackLive:
		out.State, out.Class = "Being called", "info"
	case l.DoNotCall: // a promise does not outweigh it
		out.State, out.Class = "Not called: on the do-not-call list", "bad"
	case !l.DueAt.After(now):
		out.State, out.Class = "Due", "watch"
	default:
		out.State, out.Class = "Waits", "neutral"
	}
	if l.Tries > 0 {
		out.State += ", tried " + strconv.Itoa(l.Tries) + " times"
	}
	return out
}

// place is a zone as people call it: New York.
func place(zone string) string {
	_, city, found := strings.Cut(zone, "/")
	if !found {
		return zone
	}
	return strings.ReplaceAll(city, "_", " ")
}

type editModel struct {
	Frame  ui.Frame
	Href   string
	Lead   string
	Open   bool
	Form   *form.Form
	Fields []ui.Field

	Seen    int
	Shown   string // what the form showed, as JSON
	Clashes []ui.ClashLine
}

// calls tells whether somebody may be promised to call back: who takes the campaign's
// calls, or was promised to already.
func calls(u facts.Account, c dialer.Callback) bool {
	return u.ID == c.UserID || u.Active && u.User().May(dialer.RightDesk, c.CampaignID)
}

func newEdit(frame ui.Frame, c dialer.Callback, f *form.Form, users []facts.Account) editModel {
	agents := []ui.Choice{{Value: "0", Name: "Nobody in particular"}}
	for _, u := range users {
		if !calls(u, c) {
			continue
		}
		name := u.FullName
		if name == "" {
			name = u.Username
		}
		agents = append(agents, ui.Choice{Value: strconv.FormatInt(int64(u.ID), 10), Name: name})
	}
	return editModel{
		Frame: frame, Href: "/callbacks/" + strconv.FormatInt(int64(c.ID), 10), Lead: "/leads/" + strconv.FormatInt(int64(c.LeadID), 10), Open: c.Open(), Form: f,
		Fields: []ui.Field{
			{Name: "due", Label: "Day and time", Help: "Where the customer is: " + place(c.Zone) + " time.", Needed: true, Mono: true, Hint: "2026-12-31 14:30"},
			{Name: "kind", Label: "Who calls back", Kind: ui.Radio, Choices: []ui.Choice{
				{Value: string(dialer.CallbackAnyone), Name: "Whoever is free", Help: "Dialed at its time, before other leads, for the next free agent."},
				{Value: string(dialer.CallbackUserOnly), Name: "One agent", Help: "On the agent's own list; the agent dials it."},
			}},
			{Name: "user", Label: "Agent", Kind: ui.Select, Choices: agents},
			{Name: "comments", Label: "Comments", Help: "What was agreed."},
		},
	}
}

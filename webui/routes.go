package webui

import (
	"context"
	"net/http"
	"slices"

	"trunkline/dialer"
	"trunkline/webui/api"
	"trunkline/webui/assets"
	"trunkline/webui/counts"
	"trunkline/webui/facts"
	"trunkline/webui/page/campaigns"
	"trunkline/webui/page/check"
	"trunkline/webui/page/desk"
	"trunkline/webui/page/join"
	"trunkline/webui/page/login"
	"trunkline/webui/page/watch"
	"trunkline/webui/page/whynot"
	"trunkline/webui/ringer"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// handlerFunc is a handler that leaves its errors to the adapter.
type handlerFunc func(http.ResponseWriter, *http.Request) error

// form is in what shape a route answers, which decides how its errors look.
type form int

const (
	asPage form = iota
	asJSON
	asAPI // for programs: who asks bears a token
)

const (
	// everybody needs no sign-in; who is signed in is known all the same.
	everybody dialer.Right = ""
	// unasked is served without looking who it is: it costs no query, and works
	// without the database.
	unasked dialer.Right = "unasked"
)

// route is one line of the table that holds who may do what. Where the pattern
// has {campaign}, the right is asked in that campaign.
type route struct {
	pattern string
	needs   dialer.Right
	answers form
	serve   handlerFunc
}

// light are the routes that take an open stream's word for who asks: each of
// thousands of pages sends them every other second.
var light = map[string]bool{"POST /desk/beat": true}

// uploads are the routes that take files: they may send more, for longer.
var uploads = map[string]bool{"POST /imports": true, "POST /dnc/import": true, "POST /sounds": true}

func (u *UI) routes() []route {
	c := u.config
	phones := ringer.Ringer{Commander: c.Commander, Intents: c.Shifts, NextID: c.NextID, Now: c.Now, Log: c.Log}
	in := login.New(login.Config{
		Shifts: c.SignIns, Commander: c.Commander, Ringer: phones, Reception: u.who, Second: c.Setup.Second, NextID: c.NextID, Now: c.Now, Log: c.Log,
	})
	d := desk.New(desk.Config{
		Shifts: c.Shifts, Words: c.Words, Promises: c.Promises, Hours: c.Hours, Customers: c.Customers, Drafts: c.Drafts, Commander: c.Commander, Ringer: phones, Hub: u.hub, Reception: u.who,
		Number: c.Leads.Number,
		NextID: c.NextID, Now: c.Now, Zone: c.Zone, Log: c.Log,
	})
	census := counts.New(c.Patience, func(ctx context.Context, id dialer.CampaignID) (facts.WhyNot, error) { return c.Why.WhyNot(ctx, id) })
	leads := counts.New(c.Patience, func(ctx context.Context, id dialer.CampaignID) ([]facts.StatusCount, error) {
		return c.Campaigns.CampaignLeads(ctx, id)
	})
	sizes := counts.New(c.Patience, func(ctx context.Context, _ string) (map[dialer.ListID]int, error) {
		return c.Setup.Campaigns.ListSizes(ctx)
	})
	camp := campaigns.New(campaigns.Config{
		Store: c.Campaigns, Changes: c.Changes, Editor: c.Setup.Campaigns, Campaigns: c.campaignChoices, Scripts: c.Setup.allScripts, Sounds: c.Setup.allSounds, InGroups: c.Setup.allInGroups,
		Statuses: c.Setup.allStatuses, Groups: c.Setup.allGroups, Findings: c.Why.Findings, LeadsOf: leads, Sizes: sizes, Census: census, NewList: c.Leads.newList, Hub: u.hub, Reception: u.who, Now: c.Now, Zone: c.Zone, Log: c.Log,
	})
	hears := check.New(check.Config{Telephony: c.Setup.Telephony})
	ear := watch.New(watch.Config{Store: c.Watches, Commander: c.Commander, NextID: c.NextID, Now: c.Now, Log: c.Log})
	why := whynot.New(whynot.Config{Store: c.Why, Counts: census, Campaigns: c.campaignChoices, Zone: c.Zone})
	const (
		self, desks = dialer.RightSelf, dialer.RightDesk
		watches     = dialer.RightWatch
		run         = dialer.RightRun
		change      = dialer.RightCampaigns
	)
	all := []route{
		{"GET /healthz", unasked, asJSON, u.healthy},
		{"GET /readyz", unasked, asJSON, u.ready},
		{"GET " + assets.Prefix, unasked, asPage, static},

		{"POST /join", everybody, asJSON, join.Handler{Store: c.Joins}.Join},

		{"GET /login", everybody, asPage, in.Page},
		{"POST /login", everybody, asPage, in.Submit},
		{"POST /login/code", everybody, asPage, in.Code},
		{"GET /check", everybody, asPage, hears.Page},
		{"POST /logout", self, asPage, in.Logout},
		{"GET /{$}", self, asPage, start},

		{"GET /desk", desks, asPage, d.Page},
		{"GET /desk/events", desks, asJSON, d.Events},
		{"POST /desk/beat", desks, asJSON, d.Beat},
		{"GET /desk/phone", desks, asJSON, d.Phone},
		{"GET /desk/about", desks, asJSON, d.About},
		{"GET /desk/callbacks", desks, asJSON, d.Callbacks},
		{"GET /desk/callable", desks, asJSON, d.Callable},
		{"POST /desk/customer", desks, asJSON, d.Edit},
		{"POST /desk/draft", desks, asJSON, d.Draft},
		{"GET /desk/search", desks, asJSON, d.Search},
		{"GET /desk/day", desks, asJSON, d.Day},
		{"POST /desk/connect", desks, asJSON, d.Connect},
		{"POST /desk/move", desks, asJSON, d.Move},
		{"POST /desk/ready", desks, asJSON, d.Ready},
		{"POST /desk/pause", desks, asJSON, d.Pause},
		{"POST /desk/hold", desks, asJSON, d.Hold},
		{"POST /desk/resume", desks, asJSON, d.Resume},
		{"POST /desk/hangup", desks, asJSON, d.Hangup},
		{"POST /desk/record", desks, asJSON, d.OnCall(dialer.IntentRecord)},
		{"POST /desk/record/pause", desks, asJSON, d.OnCall(dialer.IntentRecHold)},
		{"POST /desk/mute", desks, asJSON, d.Plain(dialer.IntentMute)},
		{"POST /desk/unmute", desks, asJSON, d.Plain(dialer.IntentUnmute)},
		{"POST /desk/digits", desks, asJSON, d.Digits},
		{"POST /desk/dial", desks, asJSON, d.Dial},
		{"POST /desk/preview", desks, asJSON, d.Preview},
		{"POST /desk/skip", desks, asJSON, d.Plain(dialer.IntentSkip)},
		{"POST /desk/consult", desks, asJSON, d.Third(dialer.IntentConsult)},
		{"POST /desk/invite", desks, asJSON, d.Third(dialer.IntentInvite)},
		{"POST /desk/transfer", desks, asJSON, d.Third(dialer.IntentPass)},
		{"POST /desk/join", desks, asJSON, d.OnCall(dialer.IntentJoin)},
		{"POST /desk/leave", desks, asJSON, d.OnCall(dialer.IntentLeave)},
		{"POST /desk/drop3", desks, asJSON, d.OnCall(dialer.IntentDropOut)},
		{"POST /desk/hangall", desks, asJSON, d.OnCall(dialer.IntentHangAll)},
		{"POST /desk/park", desks, asJSON, d.OnCall(dialer.IntentPark)},
		{"POST /desk/takeback", desks, asJSON, d.TakeBack},
		{"POST /desk/message", desks, asJSON, d.OnCall(dialer.IntentMessage)},
		{"POST /desk/dispose", desks, asJSON, d.Dispose},
		{"POST /desk/logout", desks, asJSON, d.Logout},

		{"GET /watch", watches, asPage, ear.Page},
		{"GET /watch/agents", watches, asJSON, ear.Agents},
		{"GET /watch/phone", watches, asJSON, ear.Phone},
		{"POST /watch", watches, asJSON, ear.Begin},
		{"POST /watch/{id}/mode", watches, asJSON, ear.Mode},
		{"POST /watch/{id}/end", watches, asJSON, ear.End},

		{"GET /campaigns", run, asPage, camp.List},
		{"GET /campaigns/new", change, asPage, camp.New},
		{"POST /campaigns", change, asPage, camp.Create},
		{"GET /campaigns/{campaign}", run, asPage, camp.Show},
		{"GET /campaigns/{campaign}/leads", run, asPage, camp.Leads},
		{"GET /campaigns/{campaign}/ready", run, asPage, camp.Ready},
		{"GET /campaigns/{campaign}/ready/steps", run, asPage, camp.Steps},
		{"POST /campaigns/{campaign}/list", dialer.RightLeads, asPage, camp.MakeList},
		{"GET /campaigns/{campaign}/settings/{section}", change, asPage, camp.Settings},
		{"POST /campaigns/{campaign}/settings/{section}", change, asPage, camp.SaveSettings},
		{"GET /campaigns/{campaign}/copy", change, asPage, camp.AskCopy},
		{"POST /campaigns/{campaign}/copy", change, asPage, camp.Copy},
		{"GET /campaigns/{campaign}/archive", change, asPage, camp.AskArchive},
		{"POST /campaigns/{campaign}/archive", change, asPage, camp.Archive},
		{"GET /campaigns/{campaign}/why", run, asPage, why.Page},
		{"GET /campaigns/{campaign}/why/census", run, asPage, why.Census},
		{"POST /campaigns/{campaign}/why/revoke", run, asPage, why.Revoke},
		{"GET /why", run, asPage, why.Choose},
		{"GET /rules", run, asPage, why.Rules},
		{"GET /campaigns/{campaign}/events", run, asPage, camp.Events},
		{"POST /campaigns/{campaign}/start", run, asPage, camp.Start},
		{"POST /campaigns/{campaign}/stop", run, asPage, camp.Stop},
		{"POST /campaigns/{campaign}/level", run, asPage, camp.Level},
	}
	return slices.Concat(all, u.boardRoutes(), u.setupRoutes(), u.leadRoutes(), u.reportRoutes(), u.apiRoutes())
}

func (u *UI) mux(routes []route) http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.Handle(r.pattern, u.adapt(r))
	}
	mux.Handle(api.Prefix+"/", u.adapt(route{api.Prefix + "/", everybody, asAPI, func(w http.ResponseWriter, r *http.Request) error {
		return dialer.Explain(dialer.ErrNotFound, "There is nothing at this address, or not by this method. See "+api.Prefix+"/openapi.json.")
	}}))
	// What is not in the table: a page of ours, whatever the method.
	mux.Handle("/", u.adapt(route{"/", everybody, asPage, func(w http.ResponseWriter, r *http.Request) error {
		return dialer.Explain(dialer.ErrNotFound, "There is no page at this address. It may have been mistyped, or have moved.")
	}}))
	return mux
}

func static(w http.ResponseWriter, r *http.Request) error {
	assets.ServeHTTP(w, r)
	return nil
}

// start leads to where the user's role begins.
func start(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, ui.Home(signin.User(r.Context()).Role), http.StatusSeeOther)
	return nil
}

// healthy says that the process serves.
func (u *UI) healthy(w http.ResponseWriter, r *http.Request) error {
	_, err := w.Write([]byte("ok " + u.config.Version + "\n"))
	return err
}

// ready says that the process can do its work.
func (u *UI) ready(w http.ResponseWriter, r *http.Request) error {
	if err := u.config.Ping(r.Context()); err != nil {
		u.config.Log.Warn("not ready", "err", err)
		return dialer.Explain(dialer.ErrUnavailable, "The database does not answer.")
	}
	if !assets.Bundled() {
		return dialer.Explain(dialer.ErrUnavailable, "The pages' scripts have not been built: run make build.")
	}
	_, err := w.Write([]byte("ready\n"))
	return err
}

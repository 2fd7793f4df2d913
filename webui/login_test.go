package webui

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"trunkline/dialer"
	"trunkline/webui/facts"
)

func TestSigningIn(t *testing.T) {
	two := []facts.CampaignChoice{{ID: "AUTUMN", Active: true}, {ID: "WINTER", Active: true}}
	for name, c := range map[string]struct {
		user, password, campaign string
		choices                  []facts.CampaignChoice
		down                     error
		status                   int
		location, says           string
	}{
		"agent":              {user: "nadia", password: "right", status: 303, location: "/desk"},
		"agent, named":       {user: "nadia", password: "right", campaign: "WINTER", choices: two, status: 303, location: "/desk"},
		"agent, must choose": {user: "nadia", password: "right", choices: two, status: 422, says: "Choose the campaign"},
		"agent, no such":     {user: "nadia", password: "right", campaign: "X", status: 422, says: "There is no campaign X"},
		"stopped, the only":  {user: "nadia", password: "right", choices: []facts.CampaignChoice{{ID: "SPRING"}}, status: 303, location: "/desk"},
		"none at all":        {user: "nadia", password: "right", choices: []facts.CampaignChoice{}, status: 422, says: "no campaign yet"},
		"admin":              {user: "rosa", password: "right", choices: two, status: 303, location: "/campaigns"},
		"wrong password":     {user: "nadia", password: "wrong", status: 401, says: "do not match"},
		"another case":       {user: "Nadia", password: "right", status: 303, location: "/desk"},
		"a blank behind":     {user: "nadia ", password: "right", status: 401, says: "do not match"},
		"an accent":          {user: "nàdia", password: "right", status: 401, says: "do not match"},
		"nobody":             {user: "nobody", password: "right", status: 401, says: "do not match"},
		"switched off":       {user: "gone", password: "right", status: 401, says: "do not match"},
		"no database":        {user: "nadia", password: "right", down: errAway, status: 503, says: "database does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			f.down = c.down
			if c.choices != nil {
				f.choices = c.choices
			}
			s := newSite(t, f)
			status, body, head := s.do(t, "POST", "/login", url.Values{"user": {c.user}, "password": {c.password}, "campaign": {c.campaign}})
			if status != c.status || head.Get("Location") != c.location || !strings.Contains(body, c.says) {
				t.Errorf("%d to %q: %.900s", status, head.Get("Location"), body)
			}
			if signedIn := strings.Contains(head.Get("Set-Cookie"), "trunkline="); signedIn != (c.status == 303) {
				t.Errorf("cookie: %v", head.Values("Set-Cookie"))
			}
			if atCampaign := strings.Contains(body, `aria-invalid="true"`); atCampaign != strings.Contains(c.says, "campaign") && len(f.choices) > 1 {
				t.Errorf("%q stands at the campaign: %v", c.says, atCampaign)
			}
			if strings.Contains(body, "right") || strings.Contains(body, "secret detail") {
				t.Error("the page shows what it must not")
			}
		})
	}
}

// TestWhoHasGoneIsNoError: somebody closes the tab, or loses patience, while the
// database looks for the answer. Nothing is wrong, and the log does not say so; that
// the database does not answer it says, whoever has gone.
func TestWhoHasGoneIsNoError(t *testing.T) {
	for name, c := range map[string]struct {
		gone bool
		down error
		says bool
	}{
		"gone":                        {true, fmt.Errorf("rendering: %w", context.Canceled), false},
		"gone, and the database away": {true, errAway, true},
		"there":                       {false, errAway, true},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			f := newFake()
			f.down, f.log = c.down, slog.New(slog.NewTextHandler(&log, nil))
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			if c.gone {
				leave()
			}
			for _, path := range []string{"/login", "/campaigns"} {
				newSite(t, f).ui.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", path, nil))
			}
			if said := strings.Contains(log.String(), "level=WARN") || strings.Contains(log.String(), "level=ERROR"); said != c.says {
				t.Errorf("the log says %q", log.String())
			}
		})
	}
}

func TestSigningInElsewhereSaysWhereOneStillIs(t *testing.T) {
	f := newFake()
	f.seat()
	f.choices = []facts.CampaignChoice{{ID: "AUTUMN", Active: true}, {ID: "WINTER", Active: true}}
	s := newSite(t, f)
	for campaign, want := range map[string]string{"WINTER": "/desk?kept", "AUTUMN": "/desk", "": "/desk"} {
		_, _, head := s.do(t, "POST", "/login", url.Values{"user": {"nadia"}, "password": {"right"}, "campaign": {campaign}})
		if head.Get("Location") != want {
			t.Errorf("asked for %q: to %q", campaign, head.Get("Location"))
		}
	}
	s.as(t, "nadia")
	if _, body, _ := s.do(t, "GET", "/desk?kept", nil); !strings.Contains(body, "You are still signed in to <b data-campaign-name>AUTUMN</b>") {
		t.Error("the desk does not say so")
	}
	if _, body, _ := s.do(t, "GET", "/desk", nil); strings.Contains(body, "still signed in") {
		t.Error("the desk says so always")
	}
}

func TestSignInRingsAPhoneOfItsOwn(t *testing.T) {
	f := newFake()
	f.amd = dialer.ErrUnavailable // which must not keep the agent out
	s := newSite(t, f)
	status, _, head := s.do(t, "POST", "/login", url.Values{"user": {"nadia"}, "password": {"right"}})
	if status != 303 || len(f.rung) != 1 || !strings.HasPrefix(f.rung[0], "desk-phone tl-a-1-") {
		t.Errorf("%d, rung %v", status, f.rung)
	}
	if len(f.intents) != 1 || f.intents[0].Kind != dialer.IntentRing || f.rung[0] != "desk-phone "+f.intents[0].SessionID.Channel(f.intents[0].Args.Leg) {
		t.Errorf("its listen is left no word to ring it: %+v", f.intents)
	}
	cookie, err := http.ParseSetCookie(head.Get("Set-Cookie"))
	if err != nil || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || len(cookie.Value) != 43 {
		t.Errorf("cookie %+v, %v", cookie, err)
	}
	for token := range f.sessions {
		if strings.Contains(cookie.Value, string(token[:])) {
			t.Error("the token itself is kept")
		}
	}
}

func TestTooManyTriesWait(t *testing.T) {
	f := newFake()
	s := newSite(t, f)
	form := url.Values{"user": {"nadia"}, "password": {"wrong"}}
	last := 0
	for range 8 {
		last, _, _ = s.do(t, "POST", "/login", form)
	}
	if last != 429 {
		t.Errorf("the eighth try: %d", last)
	}
	if status, _, _ := s.do(t, "POST", "/login", url.Values{"user": {"rosa"}, "password": {"right"}}); status != 303 {
		t.Errorf("somebody else at the same address: %d", status)
	}
}

// Whose tries cannot be counted is let in nowhere, and told why.
func TestTriesThatCannotBeCounted(t *testing.T) {
	f := newFake()
	f.tries.err = errAway
	s := newSite(t, f)
	status, body, head := s.do(t, "POST", "/login", url.Values{"user": {"nadia"}, "password": {"right"}})
	if status != 503 || !strings.Contains(body, "The database does not answer. Wait a moment") || head.Get("Set-Cookie") != "" {
		t.Errorf("%d, cookie %q: %.900s", status, head.Get("Set-Cookie"), body)
	}
	r := httptest.NewRequest("GET", "/api/v1/me", nil)
	r.Header.Set("Authorization", "Bearer tl_rosa")
	w := httptest.NewRecorder()
	s.ui.ServeHTTP(w, r)
	if w.Code != 503 || !strings.Contains(w.Body.String(), "does not answer") {
		t.Errorf("a program: %d %s", w.Code, w.Body)
	}
}

// Names that the database takes for one user are one user to the limit too.
func TestTriesAreCountedForTheUserNotTheSpelling(t *testing.T) {
	s := newSite(t, newFake())
	last := 0
	for _, user := range []string{"nadia", "NADIA", "nadia ", "nàdia", "Nadia", "nadiA", "naDia"} {
		last, _, _ = s.do(t, "POST", "/login", url.Values{"user": {user}, "password": {"wrong"}})
	}
	if last != 429 {
		t.Errorf("the seventh spelling of one name: %d", last)
	}
	for _, user := range []string{"ghost", "GHOST", "ghost ", " ghost", "Ghost", "gHost", "ghOst"} {
		last, _, _ = s.do(t, "POST", "/login", url.Values{"user": {user}, "password": {"wrong"}})
	}
	if last != 429 {
		t.Errorf("the seventh spelling of a name that nobody has: %d", last)
	}
}

func TestLogoutEndsSessionAndShift(t *testing.T) {
	f := newFake()
	f.seat()
	s := newSite(t, f).as(t, "nadia")
	status, _, head := s.do(t, "POST", "/logout", url.Values{})
	if status != 303 || head.Get("Location") != "/login" {
		t.Errorf("%d to %q", status, head.Get("Location"))
	}
	if len(f.intents) != 1 || f.intents[0].Kind != dialer.IntentLogout || f.intents[0].SessionID != 70 || len(f.notified) != 1 {
		t.Errorf("intents %+v, notified %v", f.intents, f.notified)
	}
	if status, _, _ = s.do(t, "GET", "/desk", nil); status != 303 {
		t.Errorf("the old cookie still works: %d", status)
	}
}

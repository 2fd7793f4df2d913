package pages

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// users' life: made with a password that is shown once, changed, signed out,
// given a new password, switched off.
func TestUsersLife(t *testing.T) {
	o := newOffice(t)
	ada := o.as("ada")
	made := ada.post("/users", "username", "nina", "full_name", "Nina N.", "role", "agent", "user_group", "EARLY", "active", "on").is(200, "User nina created", "shown once")
	secret := regexp.MustCompile(`data-testid="password">([a-z0-9]+)<`).FindStringSubmatch(made.body)
	if secret == nil {
		t.Fatal("no password is shown")
	}
	if phones := stored[int](o, "SELECT COUNT(*) FROM phones p JOIN users u ON u.id = p.user_id WHERE u.username = 'nina' AND p.kind = 'webrtc'"); phones != 1 {
		t.Errorf("%d phones", phones)
	}
	if n := stored[int](o, "SELECT COUNT(*) FROM audit WHERE after_ LIKE CONCAT('%', ?, '%') OR before_ LIKE '%argon%' OR after_ LIKE '%argon%'", secret[1]); n != 0 {
		t.Error("the audit log has the password")
	}
	id := stored[string](o, "SELECT CAST(id AS CHAR) FROM users WHERE username = 'nina'")
	nina := o.asWith("nina", secret[1], 303)
	nina.get("/account").is(200, "You sign in as nina")
	ada.post("/users", "username", "nina", "role", "agent", "user_group", "EARLY").is(422, "taken already")
	ada.post("/users", "username", "a b", "role", "king", "user_group", "NONE").is(422, "2 to 20 letters")

	ada.get("/users/"+id+"/signout").is(200, "Every browser")
	ada.leads(ada.post("/users/"+id+"/signout"), "signed out everywhere")
	nina.get("/account").is(303)

	reset := ada.post("/users/"+id+"/password").is(200, "New password for nina")
	o.asWith("nina", secret[1], 401)
	secret = regexp.MustCompile(`data-testid="password">([a-z0-9]+)<`).FindStringSubmatch(reset.body)
	nina = o.asWith("nina", secret[1], 303)

	seen := ada.get("/users/"+id).is(200, "Ada Admin : signed them out everywhere", "Ada Admin : set a new password").seen()
	ada.leads(ada.post("/users/"+id, "seen", seen, "full_name", "Nina N.", "role", "agent", "user_group", "EARLY"), "saved")
	nina.get("/account").is(303) // switched off: signed out at once
	o.asWith("nina", secret[1], 401)

	// Nobody locks themselves out.
	me := ada.get("/users/1").seen()
	ada.post("/users/1", "seen", me, "full_name", "Ada", "role", "admin", "user_group", "ALL").is(422, "lock yourself out")
	ada.post("/users/1", "seen", me, "full_name", "Ada", "role", "agent", "user_group", "ALL", "active", "on").is(422, "nobody takes away their own role")
}

// A manager looks after agents and supervisors of the own campaigns only.
func TestManagersManageTheirOwn(t *testing.T) {
	o := newOffice(t)
	mia := o.as("mia")
	mia.get("/users").is(200, "nadia", "sam").lacks("otto", "Ada Admin")
	for _, id := range []string{"1", "2", "5"} { // an admin, herself, another campaign's agent
		mia.get("/users/" + id).is(403)
		mia.post("/users/"+id, "role", "agent").is(403)
		mia.post("/users/" + id + "/password").is(403)
		mia.post("/users/" + id + "/signout").is(403)
		mia.post("/users/" + id + "/twosteps").is(403)
	}
	mia.post("/users", "username", "eve", "role", "admin", "user_group", "EARLY", "active", "on").is(422, "Ask an admin for this role")
	mia.post("/users", "username", "eve", "role", "manager", "user_group", "EARLY", "active", "on").is(422, "Ask an admin for this role")
	mia.post("/users", "username", "eve", "role", "agent", "user_group", "ALL", "active", "on").is(422, "campaigns that are not yours")
	seen := mia.get("/users/4").seen()
	mia.post("/users/4", "seen", seen, "full_name", "Nadia", "role", "admin", "user_group", "EARLY", "active", "on").is(422, "Ask an admin for this role")
	mia.post("/users", "username", "eve", "role", "agent", "user_group", "EARLY", "active", "on").is(200, "User eve created")
}

func TestOwnAccount(t *testing.T) {
	o := newOffice(t)
	sam, elsewhere := o.as("sam"), o.as("sam")
	sam.get("/account").is(200, "You sign in as sam", "this browser")
	change := func(old, fresh, again string) answer {
		return sam.post("/account/password", "old", old, "new", fresh, "again", again)
	}
	change("wrong", "a new password", "a new password").is(422, "not your present password")
	change(password, "short", "short").is(422, "at least 10 characters")
	change(password, "a new password", "another one").is(422, "not the same")
	change(password, password, password).is(422, "the present one")
	if page := change("wrong", "hush-hush-hush", "hush-hush-hush"); strings.Contains(page.body, "hush") {
		t.Error("a password is shown again")
	}
	sam.leads(change(password, "a new password", "a new password"), "Your password is changed")
	elsewhere.get("/account").is(303)
	o.asWith("sam", password, 401)
	elsewhere = o.asWith("sam", "a new password", 303)
	sam.leads(sam.post("/account/signout"), "signed out everywhere but here")
	elsewhere.get("/account").is(303)
}

// The second step: set up with a code, asked for at the sign-in, each code taken
// once, wrong ones counted.
func TestSecondStep(t *testing.T) {
	o := newOffice(t)
	ada := o.as("ada")
	page := ada.get("/account/twosteps").is(200, "authenticator app")
	secret := regexp.MustCompile(`name="secret" value="([A-Z2-7]{32})"`).FindStringSubmatch(page.body)
	if secret == nil {
		t.Fatal("no secret is shown")
	}
	code := func(offset time.Duration) string {
		c, err := totp.GenerateCode(secret[1], time.Now().Add(offset))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ada.post("/account/twosteps", "secret", secret[1], "code", "000000").is(422, "not the code")
	ada.post("/account/twosteps", "secret", "' OR 1=1", "code", code(0)).is(422, "broken")
	used := code(0)
	ada.leads(ada.post("/account/twosteps", "secret", secret[1], "code", used), "a code from the app", "On")

	p := o.asWith("ada", password, 200)
	p.get("/campaigns").is(303) // half is not in
	p.post("/login/code", "code", used).is(401, "used already", "trunkline user unstep ada")
	p.post("/login/code", "code", "abc").is(401, "not the code")
	p.post("/login/code", "code", code(5*time.Minute)).is(401, "not the code")
	if a := p.post("/login/code", "code", code(30*time.Second)); a.status != 303 {
		t.Fatalf("the next code: %d %s", a.status, a.text())
	}
	p.get("/campaigns").is(200)
	p.post("/login/code", "code", code(30*time.Second)).is(401, "took too long")

	q := o.asWith("ada", password, 200)
	for range 8 {
		q.post("/login/code", "code", "123456")
	}
	q.post("/login/code", "code", "123456").is(429, "Too many wrong codes", "trunkline user unstep ada")
	ada.get("/account/twosteps/off").is(200, "password alone")
	ada.leads(ada.post("/account/twosteps/off"), "password alone now")
	o.asWith("ada", password, 303)
}

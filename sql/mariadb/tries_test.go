package mariadb_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"trunkline/dialer"
	"trunkline/sql/mariadb"
	"trunkline/sql/migrated"
	"trunkline/webui/facts"
	"trunkline/webui/signin"
)

var _ signin.Tries = (*mariadb.Tries)(nil)

// pair is two web servers on one database, each with connections of its own.
func pair(t *testing.T) (two [2]*mariadb.DB) {
	t.Helper()
	dsn := migrated.Database(t)
	for i := range two {
		db, err := mariadb.Open(dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		two[i] = db
	}
	return two
}

// hourly gives tries back too slowly for a test to see.
func hourly(burst int) facts.Limit { return facts.Limit{Burst: burst, Every: time.Hour} }

func named(name string) [32]byte { return sha256.Sum256([]byte(name)) }

// arrange changes the rows of tries.
func arrange(t *testing.T, db *mariadb.DB, statement string, args ...any) {
	t.Helper()
	if err := db.Exec(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

// rows counts the rows of tries.
func rows(t *testing.T, db *mariadb.DB) (n int) {
	t.Helper()
	if err := db.Get(t.Context(), &n, `SELECT COUNT(*) FROM tries`); err != nil {
		t.Fatal(err)
	}
	return n
}

// Web servers that take tries of one name at the same moment take together what
// the limit leaves, and no more.
func TestTriesAtOnceAreNotMoreThanTheLimit(t *testing.T) {
	t.Parallel()
	dbs := pair(t)
	for round := range 2 {
		const burst = 25
		var taken atomic.Int64
		var g errgroup.Group
		for n := range 64 {
			g.Go(func() error {
				wait, err := mariadb.NewTries(dbs[n%2]).Take(t.Context(), named(fmt.Sprint(round)), hourly(burst))
				if wait == 0 && err == nil {
					taken.Add(1)
				}
				return err
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		if taken.Load() != burst {
			t.Errorf("%d tries of %d were taken", taken.Load(), burst)
		}
	}
}

// A try comes back after its time, is given back, or is forgiven with all others;
// who has none is told how long that is so.
func TestTriesComeBack(t *testing.T) {
	t.Parallel()
	dbs := pair(t)
	tries, who := mariadb.NewTries(dbs[0]), named("nadia")
	take := func(want bool, when string) {
		t.Helper()
		wait, err := tries.Take(t.Context(), who, hourly(3))
		if err != nil || want != (wait == 0) || wait > time.Hour {
			t.Errorf("%s: wait %v, %v", when, wait, err)
		}
	}
	for range 3 {
		take(true, "fresh")
	}
	take(false, "none is left")
	take(false, "a refusal takes none")
	arrange(t, dbs[1], `UPDATE tries SET back_at = back_at - INTERVAL 1 HOUR`)
	take(true, "after an hour")
	take(false, "but one")
	arrange(t, dbs[1], `UPDATE tries SET back_at = back_at - INTERVAL 1 YEAR`)
	for range 3 {
		take(true, "after a year")
	}
	take(false, "a year saves up no more than there may be at once")
	if err := tries.Return(t.Context(), who, hourly(3)); err != nil {
		t.Error(err)
	}
	take(true, "given back")
	take(false, "only one was given back")
	if err := tries.Forgive(t.Context(), who); err != nil {
		t.Error(err)
	}
	for range 3 {
		take(true, "forgiven")
	}
	take(false, "all are taken again")
}

// What has all its tries back leaves no row, however many there were; what has not
// stays counted.
func TestFloodOfNamesGoes(t *testing.T) {
	t.Parallel()
	dbs := pair(t)
	tries := mariadb.NewTries(dbs[0])
	arrange(t, dbs[1], `INSERT INTO tries (what, back_at) SELECT UNHEX(SHA2(seq, 256)), UTC_TIMESTAMP(3) - INTERVAL 1 SECOND FROM seq_1_to_2500`)
	if wait, err := tries.Take(t.Context(), named("nadia"), hourly(1)); err != nil || wait > 0 {
		t.Fatal(wait, err)
	}
	if err := tries.Purge(t.Context()); err != nil {
		t.Error(err)
	}
	if n := rows(t, dbs[1]); n != 1 {
		t.Errorf("%d rows are left", n)
	}
	if wait, err := tries.Take(t.Context(), named("nadia"), hourly(1)); err != nil || wait == 0 {
		t.Errorf("who was counted is not any more: %v", err)
	}
}

// Without its database nothing is tried.
func TestTriesWithoutDatabase(t *testing.T) {
	t.Parallel()
	db, err := mariadb.Open("nobody@tcp(127.0.0.1:1)/none")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := mariadb.NewTries(db).Take(t.Context(), named("nadia"), hourly(3)); !errors.Is(err, dialer.ErrUnavailable) {
		t.Errorf("%v", err)
	}
}

// doors are the receptions and gates of two web servers on one database.
type doors struct {
	t          *testing.T
	db         *mariadb.DB
	receptions [2]*signin.Reception
	gates      [2]*signin.Gate
}

func newDoors(t *testing.T) *doors {
	t.Helper()
	dbs := pair(t)
	d := &doors{t: t, db: dbs[0]}
	for i, db := range dbs {
		d.receptions[i] = signin.New(mariadb.NewWebAccounts(db), mariadb.NewTries(db), time.Now, false)
		d.gates[i] = signin.NewGate(mariadb.NewAPI(db), mariadb.NewTries(db), time.Now)
	}
	hash, err := signin.HashPassword("right")
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"nadia", "ivo"} {
		arrange(t, d.db, `INSERT INTO users (id, username, pass_hash, role, created_at) VALUES (?, ?, ?, 'agent', NOW())`, i+1, name, hash)
	}
	return d
}

// request is one of a browser at an address.
func (d *doors) request(ip string) *http.Request {
	r := httptest.NewRequestWithContext(d.t.Context(), "POST", "/login", nil)
	r.RemoteAddr = "[" + ip + "]:4711"
	return r
}

// signIn tries to at one of the two.
func (d *doors) signIn(at int, ip, user, password string) error {
	r := d.request(ip)
	_, err := d.receptions[at].Check(r.Context(), r, user, password)
	return err
}

// within tries at the two by turns until one is refused, and holds what was let
// through against a limit, with what has come back while that took.
func (d *doors) within(what string, l facts.Limit, try func(at int) error, let, refused func(error) bool) {
	d.t.Helper()
	began := time.Now()
	for n := 0; ; n++ {
		err := try(n % 2)
		most := l.Burst + 1 + int(time.Since(began)/l.Every) // 1: two clocks round
		switch {
		case refused(err) && n < l.Burst:
			d.t.Errorf("%s: refused after %d of %d", what, n, l.Burst)
			return
		case refused(err):
			return
		case !let(err):
			d.t.Errorf("%s: %v", what, err)
			return
		case n >= most:
			d.t.Errorf("%s: %d of %d were let through", what, n+1, most)
			return
		}
	}
}

func is(kind error) func(error) bool { return func(err error) bool { return errors.Is(err, kind) } }

func soon(err error) bool {
	var s *signin.SoonError
	return errors.As(err, &s) && s.After > 0
}

// Two web servers together let through what one does: wrong passwords of a user,
// wrong codes, tokens that do not work, and requests of one that does.
func TestWebServersShareTheirLimits(t *testing.T) {
	t.Parallel()
	d := newDoors(t)
	guess := func(ip, user string) func(int) error {
		return func(at int) error { return d.signIn(at, ip, user, "wrong") }
	}
	six := facts.Limit{Burst: 6, Every: 20 * time.Second}
	d.within("a user's passwords", six, guess("192.0.2.7", "nadia"), is(signin.ErrWrong), is(signin.ErrOften))
	d.within("nobody's passwords", six, guess("192.0.2.7", "ghost"), is(signin.ErrWrong), is(signin.ErrOften))
	if err := d.signIn(0, "192.0.2.8", "nadia", "wrong"); !errors.Is(err, signin.ErrWrong) {
		t.Errorf("from elsewhere: %v", err)
	}
	next := 0
	d.within("from one network of IPv6", six, func(at int) error {
		next++
		return d.signIn(at, fmt.Sprintf("2001:db8:7:7::%x", next), "nadia", "wrong")
	}, is(signin.ErrWrong), is(signin.ErrOften))
	if err := d.signIn(0, "2001:db8:7:8::1", "nadia", "wrong"); !errors.Is(err, signin.ErrWrong) {
		t.Errorf("the network beside: %v", err)
	}

	w := httptest.NewRecorder()
	if err := d.receptions[0].StartHalf(w, d.request("192.0.2.7"), 1); err != nil {
		t.Fatal(err)
	}
	half := d.request("192.0.2.7")
	half.AddCookie(w.Result().Cookies()[0])
	code := func(at int) error { _, err := d.receptions[at].Half(half); return err }
	d.within("codes", six, code, is(nil), is(signin.ErrOften))
	d.receptions[1].EndHalf(httptest.NewRecorder(), d.request("192.0.2.7"), 1)
	if err := code(0); err != nil {
		t.Errorf("after a right code: %v", err)
	}

	token, hash := signin.NewToken()
	arrange(t, d.db, `INSERT INTO api_tokens (name, token_hash, user_id, rights, campaigns, active, expires_on, created_at) VALUES ('CRM', ?, 1, '', '', 1, '2099-01-01', NOW())`, hash)
	bear := func(token string) func(int) error {
		r := d.request("192.0.2.7")
		r.Header.Set("Authorization", "Bearer "+token)
		return func(at int) error { _, err := d.gates[at].Recognise(r); return err }
	}
	d.within("wrong tokens", facts.Limit{Burst: 20, Every: 3 * time.Second}, bear("tl_guess"), is(dialer.ErrNotFound), soon)
	arrange(t, d.db, `DELETE FROM tries`)
	asked := bear(token)
	if err := asked(0); err != nil {
		t.Error(err)
	}
	// Its tries come back faster than a busy machine can take them.
	arrange(t, d.db, `UPDATE tries SET back_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR`)
	for at := range 2 {
		if err := asked(at); !soon(err) {
			t.Errorf("a token that asks too often: %v", err)
		}
	}
	arrange(t, d.db, `UPDATE tries SET back_at = UTC_TIMESTAMP(3) + INTERVAL 1 SECOND`) // 40 of 60 are left
	for at := range 2 {
		if err := asked(at); err != nil {
			t.Errorf("a token with requests left: %v", err)
		}
	}
}

// An address that has tried too often tries no other name either, and makes no more
// rows. Those who get in take no try of their address: a floor behind one router is
// not kept out by its size.
func TestTriesOfAnAddress(t *testing.T) {
	t.Parallel()
	d := newDoors(t)
	when := func() (at time.Time) {
		t.Helper()
		if err := d.db.Get(t.Context(), &at, `SELECT MAX(back_at) FROM tries`); err != nil {
			t.Fatal(err)
		}
		return at
	}
	if err := d.signIn(0, "192.0.2.7", "nadia", "wrong"); !errors.Is(err, signin.ErrWrong) {
		t.Fatal(err)
	}
	if n := rows(t, d.db); n != 2 {
		t.Errorf("%d rows of an address and a name", n)
	}
	arrange(t, d.db, `UPDATE tries SET back_at = UTC_TIMESTAMP(3) + INTERVAL 400 SECOND ORDER BY back_at LIMIT 1`) // the address has 200 left
	before := when()
	for at := range 2 {
		if err := d.signIn(at, "192.0.2.7", "nadia", "right"); err != nil {
			t.Error(err)
		}
	}
	if after := when(); !after.Equal(before) || rows(t, d.db) != 1 {
		t.Errorf("two who got in took tries: %v of the address, %d rows", after.Sub(before), rows(t, d.db))
	}
	arrange(t, d.db, `UPDATE tries SET back_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR`)
	for n := range 20 {
		if err := d.signIn(n%2, "192.0.2.7", fmt.Sprint("name", n), "wrong"); !errors.Is(err, signin.ErrOften) {
			t.Errorf("name %d: %v", n, err)
		}
	}
	if n := rows(t, d.db); n != 1 {
		t.Errorf("a flood of names made %d rows", n)
	}
	if err := d.signIn(0, "192.0.2.8", "nadia", "right"); err != nil {
		t.Errorf("somebody at another address: %v", err)
	}
}

package cluster

import (
	"net/http"
	"net/url"
	"time"
)

// guesser is somebody who guesses the password of a name: a web server lets six
// tries through at once, and one more each twenty seconds.
type guesser struct {
	s     *scene
	began time.Time
	let   int
}

// guesses tries on the web server that the balancer leads to until it refuses to
// look, and holds all that was let through, by whichever, against the one limit.
func (g *guesser) guesses(where string) {
	g.s.t.Helper()
	if g.began.IsZero() {
		g.began = time.Now()
	}
	for {
		form := url.Values{"user": {"guessed"}, "password": {"x"}}
		resp, err := http.PostForm("http://"+g.s.Front.Addr()+"/login", form)
		if err != nil {
			g.s.t.Fatal(err)
		}
		_ = resp.Body.Close()
		switch resp.StatusCode {
		case http.StatusTooManyRequests:
			return
		case http.StatusUnauthorized:
			g.let++
		default:
			g.s.t.Fatalf("a wrong sign-in: %s", resp.Status)
		}
		if most := 7 + int(time.Since(g.began)/(20*time.Second)); g.let > most { // 7: clocks round
			g.s.t.Errorf("%s let through the guess number %d, of at most %d", where, g.let, most)
			return
		}
	}
}

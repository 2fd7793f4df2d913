package asterisk

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"trunkline/ami"
	"trunkline/ami/ari"
)

// TestSubscriptionsEndWithTheConnection: an Asterisk that was restarted has forgotten
// whose calls we hear of. From the moment on in which its events come again no call
// may be placed on the word of the one before, however long it takes to prepare the
// application: its ringing and its failure would be told to nobody.
func TestSubscriptionsEndWithTheConnection(t *testing.T) {
	var asked atomic.Int32
	pbx := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/subscription") {
			asked.Add(1)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{}`))
	}))
	defer pbx.Close()
	rest, err := ari.New(ari.Options{URL: pbx.URL + "/ari", User: "u", Password: "p"})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	manager := ami.New(ami.Config{Log: log}) // which never connects: the application is not prepared
	l := &Line{PBX: NewPBX(manager, rest, log), ami: manager, log: log, ear: new(told)}
	for range 2 {
		if err := l.PBX.subscribe(t.Context(), "sim"); err != nil {
			t.Fatal(err)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times for one carrier", n)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	l.attached(ctx)
	if err := l.PBX.subscribe(t.Context(), "sim"); err != nil {
		t.Fatal(err)
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("asked %d times, want once more after the new connection", n)
	}
}

package sse_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"trunkline/webui/sse"
)

// A stream outlives the timeouts that its server has for ordinary requests.
func TestStreamOutlivesTimeouts(t *testing.T) {
	const timeout = 100 * time.Millisecond
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := sse.Start(w)
		if err != nil {
			t.Error(err)
			return
		}
		tick := time.NewTicker(timeout / 2)
		defer tick.Stop()
		for n := int64(1); ; n++ {
			select {
			case <-r.Context().Done():
				return
			case <-tick.C:
			}
			if s.Ping() != nil || s.Event(n, "desk", "one\ntwo") != nil {
				return
			}
		}
	}))
	server.Config.ReadTimeout, server.Config.WriteTimeout = timeout, timeout
	server.Start()
	defer server.Close()
	a, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	lines := bufio.NewScanner(a.Body)
	var text strings.Builder
	for lines.Scan() && !strings.Contains(text.String(), "id: 8\n") {
		text.WriteString(lines.Text() + "\n")
	}
	if !strings.Contains(text.String(), "id: 8\n") {
		t.Fatalf("the stream ended after %q", text.String())
	}
	if !strings.Contains(text.String(), "id: 1\nevent: desk\ndata: one\ndata: two\n\n") {
		t.Errorf("an event looks like %q", text.String())
	}
}

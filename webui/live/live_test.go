package live_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/a-h/templ"

	"trunkline/webui/live"
)

// A part is sent when it changes, a failed reading is passed over, and what is
// done is read no more.
func TestChangesAreSentUntilDone(t *testing.T) {
	var reads atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = live.Serve(w, r, nil, time.Millisecond, func(context.Context) (templ.Component, bool, error) {
			n := reads.Add(1)
			if n == 3 {
				return nil, false, errors.New("away")
			}
			part := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
				at := 0
				if n >= 2 {
					at = 1
				}
				if n >= 5 {
					at = 2
				}
				_, err := fmt.Fprintf(w, "<p>%d</p>", at)
				return err
			})
			return part, n >= 5, nil
		})
	}))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	var got []string
	lines := bufio.NewScanner(a.Body)
	for len(got) < 3 && lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			got = append(got, data)
		}
	}
	if fmt.Sprint(got) != "[<p>0</p> <p>1</p> <p>2</p>]" {
		t.Errorf("sent %v", got)
	}
	if n := reads.Load(); n != 5 {
		t.Errorf("read %d times, done at the fifth", n)
	}
}

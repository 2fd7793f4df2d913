// Package live keeps a part of a page up to date: it renders the part again and
// again and sends it over an event stream when it differs. ui.Live is the other
// end. Use it for what few people watch at a time, such as the progress of an
// import; what many watch shares one reader (as the campaign's counts do).
package live

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"trunkline/dialer"
	"trunkline/webui/signin"
	"trunkline/webui/sse"
)

const (
	// patience is how long one reading may take.
	patience  = 5 * time.Second
	pingEvery = 15 * time.Second
)

// Serve renders the part every so often and sends it when it has changed, until
// render says that it is done; the stream stays until the reader goes or is
// signed out. A reading that fails is left out: the next may succeed.
func Serve(w http.ResponseWriter, r *http.Request, who *signin.Reception, every time.Duration, render func(context.Context) (part templ.Component, done bool, err error)) error {
	last, done, err := draw(r.Context(), render)
	if err != nil {
		return err
	}
	stream, err := sse.Start(w)
	if err != nil {
		return nil // it has gone already
	}
	if err := stream.Event(0, "", last); err != nil {
		return nil
	}
	tick, ping := time.NewTicker(every), time.NewTicker(pingEvery)
	defer tick.Stop()
	defer ping.Stop()
	for {
		if done {
			tick.Stop() // the stream stays: a browser comes back when one ends
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-ping.C:
			if _, gone := who.Recognise(r); errors.Is(gone, dialer.ErrNotFound) {
				return nil // signed out meanwhile
			}
			err = stream.Ping()
		case <-tick.C:
			var html string
			html, done, err = draw(r.Context(), render)
			switch {
			case err != nil:
				done, err = false, nil
			case html != last:
				last, err = html, stream.Event(0, "", html)
			}
		}
		if err != nil {
			return nil
		}
	}
}

func draw(ctx context.Context, render func(context.Context) (templ.Component, bool, error)) (string, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	part, done, err := render(ctx)
	if err != nil {
		return "", false, err
	}
	var b strings.Builder
	err = part.Render(ctx, &b)
	return b.String(), done, err
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/hopper"
)

type hopperCmd struct {
	Fill hopperFillOnceCmd `cmd:"" help:"Fill a campaign's hopper once and say what it took."`
}

type hopperFillOnceCmd struct {
	Once     bool   `required:"" help:"Once, now; hopper-fill does it all the time."`
	Campaign string `required:"" placeholder:"ID" help:"Campaign."`
	At       string `placeholder:"TIME" help:"Judge calling hours and delays by this time, RFC 3339, in place of now."`
	JSON     bool   `name:"json" help:"Print the report as one JSON object."`
}

// Run fills the hopper.
func (h *hopperFillOnceCmd) Run(ctx context.Context, g *globals) error {
	at, err := parseAt(h.At)
	if err != nil {
		return err
	}
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	r, err := app.FillOnce(ctx, db, dialer.CampaignID(h.Campaign), at)
	if errors.Is(err, dialer.ErrNotFound) {
		return noCampaign(h.Campaign)
	}
	if err != nil {
		return err
	}
	if h.JSON {
		return json.NewEncoder(g.stdout).Encode(r)
	}
	fmt.Fprintf(g.stdout, "%d leads put into the hopper of %s, which is kept at %d, in %.1f ms: %d statements, %d rows read.\n",
		r.Inserted, r.Campaign, r.Level, r.MS, r.Count, r.RowsRead)
	for _, reason := range hopper.Reasons() {
		if n := r.Held[reason]; n > 0 {
			says, _ := reason.Says()
			fmt.Fprintf(g.stdout, "  %d of those looked at: each %s\n", n, says)
		}
	}
	return nil
}

func parseAt(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fmt.Errorf("%q is no time; write it like 2026-11-23T17:30:00Z", text)
	}
	return at.UTC(), nil
}

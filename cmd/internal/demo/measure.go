package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"trunkline/cmd/internal/app"
)

// measure runs the campaign for its time, lets every call come to its end and
// writes the report. A run that was broken off has none.
func (d *demo) measure(ctx, force context.Context) error {
	before, err := d.paceBefore(ctx)
	if err != nil {
		return err
	}
	start := time.Now()
	timed, cancel := context.WithTimeout(ctx, d.For)
	defer cancel()
	err = d.watch(timed)
	if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	dialed := time.Since(start)
	d.stopCampaign(force)
	d.say("The time is over; waiting for the calls that are up …")
	// The longest ring, and somebody still talking.
	up, err := d.drain(ctx, 2*time.Minute)
	if err != nil {
		return err
	}
	calls, err := d.store.Calls(ctx, campaignID, d.began)
	if err != nil {
		return err
	}
	ledger, err := d.carrier.Ledger()
	if err != nil {
		return fmt.Errorf("the carrier's ledger: %w", err)
	}
	r := compare(calls, ledger, d.resets)
	r.Agents, r.Seconds, r.Unended = d.Agents, app.Seconds(dialed), up
	r.Version, r.Began = app.Version(), d.began
	r.Pace, err = d.pace(ctx, before, dialed)
	if err != nil {
		// A run without a connect has nothing to compare.
		d.say("The run cannot be compared with the simulator: %v", err)
	} else {
		d.say("%s", r.Pace.show())
	}
	err = d.write(r)
	if err != nil {
		return err
	}
	if why := r.verdict(); why != "" {
		return fmt.Errorf("the run failed: %s", why)
	}
	return nil
}

// drain waits until no call is up, keeping the crew going meanwhile.
func (d *demo) drain(ctx context.Context, limit time.Duration) (up int, err error) {
	for end := time.Now().Add(limit); time.Now().Before(end); {
		up = d.waitForCalls(ctx, time.Second)
		if up == 0 {
			return 0, nil
		}
		err = d.look(ctx, time.Now())
		if err != nil || ctx.Err() != nil {
			return up, errors.Join(err, ctx.Err())
		}
	}
	return up, nil
}

// writable tells whether a report can be written there, before a run has taken
// its time to make it. "" is no file, and in order.
func writable(path string) error {
	if path == "" {
		return nil
	}
	_, before := os.Stat(path)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("the report cannot be written: %w", err)
	}
	if errors.Is(before, fs.ErrNotExist) {
		defer os.Remove(path) // a run that is broken off leaves none
	}
	return f.Close()
}

func (d *demo) write(r Report) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if d.Report == "" {
		_, err = d.ReportOut.Write(text)
		return err
	}
	err = os.WriteFile(d.Report, text, 0o644)
	if err != nil {
		_, also := d.ReportOut.Write(text) // what took a run to make is not thrown away
		return fmt.Errorf("writing the report: %w", errors.Join(err, also))
	}
	d.say("%d calls placed, %d INVITEs at the carrier, %d answered, %d connected, %d duplicates, %d lost; the report is %s",
		r.CallsPlaced, r.CarrierInvites, r.Answered, r.Connected, r.Duplicates, r.Lost, d.Report)
	return nil
}

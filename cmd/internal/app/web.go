package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"trunkline/dialer"
	"trunkline/dialer/asterisk"
	"trunkline/dialer/audit"
	"trunkline/dialer/keepalive"
	"trunkline/dialer/proc"
	"trunkline/sql/mariadb"
	"trunkline/webui"
	"trunkline/webui/facts"
)

// Inviter makes invitations of hosts: see package join.
type Inviter func(ctx context.Context, c Config, db *mariadb.DB, by audit.By, i facts.Invitation) (facts.Invited, error)

// Web is the role that serves the pages. invite may be nil: then hosts are invited
// on the command line alone.
func Web(cfg Config, log *slog.Logger, invite Inviter) Role {
	return Role{name: RoleWeb, cfg: cfg, log: log, run: func(ctx context.Context, d *Duty) error { return serveWeb(ctx, d, invite) }}
}

func serveWeb(ctx context.Context, d *Duty, invite Inviter) error {
	servers := mariadb.NewServers(d.DB)
	joining, joined := context.WithTimeout(ctx, 5*time.Second) // for keepalive's reason
	defer joined()
	self, err := servers.JoinWeb(joining, d.Server)
	if err != nil {
		return fmt.Errorf("joining the table of servers as %q: %w", d.Server, err)
	}
	listener, err := net.Listen("tcp", d.Web.Listen)
	if err != nil {
		return &ConfigError{fmt.Sprintf("configuration %s: web.listen %s cannot be had: %v", d.File(), d.Web.Listen, err)}
	}
	clock := new(dialer.Clock)
	err = firstMeasure(ctx, d, clock)
	if err != nil {
		return err
	}
	ids := dialer.NewIDs(self.ID)
	var ui *webui.UI
	remote := asterisk.NewRemote(servers, func() { ui.Wake() }, d.Log)
	pages := WebConfig(d.DB)
	pages.Commander = remote
	pages.Setup.RecordingsDir = d.Asterisk.RecordingsDir
	if invite != nil {
		pages.Setup.Invite = func(ctx context.Context, by audit.By, i facts.Invitation) (facts.Invited, error) {
			return invite(ctx, d.Config, d.DB, by, i)
		}
	}
	pages.NextID = func() int64 { return ids.Next(clock.Now()) }
	pages.Now, pages.Zone = clock.Now, time.Local
	pages.Secure = strings.HasPrefix(d.Web.PublicURL, "https:")
	pages.Version, pages.Log = Version(), d.Log
	files := NewImports(d.DB, d.Server, d.Web.Uploads, d.Log)
	pages.Leads.Imports = files
	ui = webui.New(pages)
	figures := newPageFigures()
	d.vitals.MustRegister(figures.collectors()...)
	g, ctx := errgroup.WithContext(ctx)
	if !d.Does(HostTelephony) { // else keepalive looks at this host
		g.Go(func() error { return sample(ctx, d, self.ID, "/") })
	}
	g.Go(func() error { return beatAsWeb(ctx, d, servers, self.ID) })
	g.Go(func() error { return keepTime(ctx, d, clock) })
	g.Go(func() error { return remote.Run(ctx) })
	g.Go(func() error { return ui.Run(ctx) })
	g.Go(func() error { return files.Run(ctx) })
	g.Go(func() error { return serve(ctx, listener, figures.around(ui), d.Log) })
	g.Go(func() error { return beatWhileServing(ctx, listener.Addr(), d.Pulse) })
	proc.Notify("READY=1")
	d.Log.Info("serving", "address", listener.Addr(), "public", d.Web.PublicURL)
	return g.Wait()
}

// beatAsWeb says in the table of servers that this host serves, as long as its
// pages answer.
func beatAsWeb(ctx context.Context, d *Duty, servers *mariadb.Servers, self dialer.ServerID) error {
	skew := newSkew()
	if !d.Does(HostTelephony) { // else keepalive tells it of this host
		d.vitals.MustRegister(skew)
	}
	heart := &keepalive.Heart{Server: self, Version: Version(), Web: true, Log: d.Log, Cluster: beating{
		DB: d.DB, skew: skew,
		beat: func(ctx context.Context, id dialer.ServerID, now time.Time, v keepalive.Vitals) error {
			if silent := time.Since(d.Pulse.lastBeat()); silent > webSilent {
				return fmt.Errorf("our own pages have not answered for %s", silent.Round(time.Second))
			}
			return servers.BeatWeb(ctx, id, now, v)
		},
		again: func(ctx context.Context) error { _, err := servers.JoinWeb(ctx, d.Server); return err },
	}}
	return heart.Run(ctx)
}

// webSilent is how long our pages may be silent before the row is, too.
const webSilent = 6 * time.Second

// serve answers requests until ctx ends, then gives those at hand a moment.
// Streams end with ctx: a browser's comes back by itself.
func serve(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger) error {
	server := &http.Server{
		Handler:           handler,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second, // streams set their own
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // broken handshakes of passers-by
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	err := server.Shutdown(last)
	if errors.Is(err, context.DeadlineExceeded) {
		return server.Close()
	}
	return err
}

// beatWhileServing beats as long as our own pages answer.
func beatWhileServing(ctx context.Context, address net.Addr, pulse *Pulse) error {
	host, port, err := net.SplitHostPort(address.String())
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	client := &http.Client{Timeout: 5 * time.Second}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		resp, err := client.Get("http://" + net.JoinHostPort(host, port) + "/healthz")
		if err == nil {
			resp.Body.Close()
			pulse.Beat()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

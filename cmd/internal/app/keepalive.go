package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"trunkline/dialer"
	"trunkline/dialer/capacity"
	"trunkline/dialer/keepalive"
	"trunkline/dialer/proc"
	"trunkline/sql/mariadb"
)

// Keepalive is the role that keeps a telephony server working. args are the
// global flags that it hands to the daemons it starts.
func Keepalive(cfg Config, log *slog.Logger, args []string) Role {
	return Role{
		name: RoleKeepalive, cfg: cfg, log: log,
		need: []string{"asterisk.keepalive_ami_secret", "asterisk.web_ami_secret", "asterisk.conf_dir"},
		run: func(ctx context.Context, d *Duty) error {
			return keepServer(ctx, d, args)
		},
	}
}

func keepServer(ctx context.Context, d *Duty, args []string) error {
	store := mariadb.NewKeepalive(d.DB)
	// A database that hangs now ends us with a word about it, before somebody
	// has to kill us for making no progress.
	joining, joined := context.WithTimeout(ctx, 5*time.Second)
	defer joined()
	server, err := joinCluster(joining, d, store)
	if err != nil {
		return err
	}
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	child := func(role string, grace time.Duration) keepalive.Child {
		return keepalive.Child{
			Name: role, Path: exe, Args: append([]string{role}, args...), Env: proc.Unnotified(), Grace: grace,
			PidFile: PidFile(d.Config, role), BeatFile: BeatFile(d.Config, role), LogFile: LogFile(d.Config, role),
		}
	}
	conf, closeConf, err := confWriter(ctx, d)
	if err != nil {
		return err
	}
	defer closeConf()
	proc.Notify("READY=1")
	figures := newKeeperFigures()
	d.vitals.MustRegister(figures.collectors()...)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return sample(ctx, d, server.ID, d.Asterisk.RecordingsDir) })
	g.Go(func() error {
		// listen has calls in its hands; hopper-fill has nothing to lose.
		s := &keepalive.Supervisor{Log: d.Log, Looked: d.Pulse.Beat, Died: figures.died, Children: []keepalive.Child{
			child(RoleListen, 20*time.Second), child(RoleHopperFill, 5*time.Second),
		}}
		return s.Run(ctx)
	})
	g.Go(func() error {
		heart := &keepalive.Heart{Server: server.ID, Version: Version(), Log: d.Log, Cluster: beating{
			DB: d.DB, skew: figures.skew, beat: store.Beat,
			again: func(ctx context.Context) error { _, err := joinCluster(ctx, d, store); return err },
		}}
		return heart.Run(ctx)
	})
	g.Go(func() error {
		return (&keepalive.Estate{Server: server.ID, Books: mariadb.NewEstate(d.DB), Log: d.Log}).Run(ctx)
	})
	g.Go(func() error {
		return (&keepalive.Sounds{Dir: filepath.Join(d.Asterisk.ConfDir, dialer.SoundsFolder), Shelf: mariadb.NewSounds(d.DB), Log: d.Log}).Run(ctx)
	})
	g.Go(func() error {
		return (&keepalive.Reconciler{Server: server.ID, Described: store, Conf: conf, Log: d.Log}).Run(ctx)
	})
	return g.Wait()
}

// joinCluster enters this host among the telephony servers, for the first time or
// again, with a phone there for each user.
func joinCluster(ctx context.Context, d *Duty, store *mariadb.Keepalive) (dialer.Server, error) {
	server, err := store.Join(ctx, dialer.Server{
		Name: d.Server, Web: d.Does(HostWeb), AMIAddr: d.Asterisk.AMI,
		AMIUser: d.Asterisk.WebAMIUser, AMISecret: d.Asterisk.WebAMISecret, WSURL: d.Asterisk.WSURL,
		SIPAddr: d.Asterisk.SIPAddr,
	})
	if err != nil {
		return server, fmt.Errorf("joining the table of servers as %q: %w", d.Server, err)
	}
	if server.SIPAddr != "" {
		err = store.TrunkSecret(ctx, server.ID, Secret())
		if err != nil {
			return server, fmt.Errorf("making the secret of %q for the other servers: %w", d.Server, err)
		}
	}
	if server.ID > 127 {
		return server, fmt.Errorf("server %q has number %d, and ids hold no server past 127: give it the name of one that was removed (SELECT name FROM servers WHERE NOT web AND NOT telephony)", server.Name, server.ID)
	}
	err = givePhones(ctx, mariadb.NewUsers(d.DB), server)
	if err != nil {
		return server, fmt.Errorf("giving users a phone on %q: %w", server.Name, err)
	}
	return server, nil
}

// sample writes how full this host is, and lets its metrics tell.
func sample(ctx context.Context, d *Duty, server dialer.ServerID, dir string) error {
	figures := new(hostFigures)
	d.vitals.MustRegister(figures.collectors()...)
	return (&capacity.Sampler{
		Server: server, Host: &capacity.Host{Dir: dir}, Books: mariadb.NewSamples(d.DB), Log: d.Log, Looked: figures.looked,
	}).Run(ctx)
}

// beating beats a role's row, and lets the metrics see what the heart measures.
type beating struct {
	*mariadb.DB
	skew  prometheus.Gauge
	beat  func(ctx context.Context, server dialer.ServerID, now time.Time, v keepalive.Vitals) error
	again func(ctx context.Context) error // joins the table of servers once more
}

// Beat beats. A host that somebody removed while it was out of sight is there
// again: it must not work on unseen.
func (b beating) Beat(ctx context.Context, server dialer.ServerID, now time.Time, v keepalive.Vitals) error {
	b.skew.Set(v.Skew.Seconds())
	err := b.beat(ctx, server, now, v)
	if !errors.Is(err, dialer.ErrNotFound) {
		return err
	}
	err = b.again(ctx)
	if err != nil {
		return err
	}
	return b.beat(ctx, server, now, v)
}

// givePhones makes the browser phones of the users who were there before this
// server.
func givePhones(ctx context.Context, users *mariadb.Users, server dialer.Server) error {
	without, err := users.WithoutPhone(ctx, server.ID)
	if err != nil {
		return err
	}
	for _, user := range without {
		err = users.AddPhone(ctx, WebRTCPhone(user.ID, user.Username, server))
		if err != nil {
			return err
		}
	}
	return nil
}

package mariadb

import (
	"context"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/keepalive"
	"trunkline/sql/queries"
)

// Servers keeps the hosts of the cluster.
type Servers struct{ db *DB }

// NewServers is the store on a database.
func NewServers(db *DB) *Servers { return &Servers{db} }

var (
	serverByName     = queries.Get("server-by-name")
	serversTelephony = queries.Get("servers-telephony")
	serversAll       = queries.Get("servers-all")
	serverJoin       = queries.Get("server-join")
	serverJoinWeb    = queries.Get("server-join-web")
	serverBeat       = queries.Get("server-beat")
	serverWebBeat    = queries.Get("server-web-beat")
	serverAlive      = queries.Get("server-alive")
	serverListening  = queries.Get("server-listening")
	serverSecret     = queries.Get("server-trunk-secret")
)

// Join enters a telephony server, or brings its row up to date with what the
// host says of itself, Web included: whether it has that role too. It returns the
// row. What operators set (caps, active) stays.
func (s *Servers) Join(ctx context.Context, server dialer.Server) (dialer.Server, error) {
	_, err := s.db.x.NamedExecContext(ctx, serverJoin, server)
	if err != nil {
		return dialer.Server{}, kind(err)
	}
	return s.ByName(ctx, server.Name)
}

// TrunkSecret gives a server the secret that the others say when they call it,
// unless it has one.
func (s *Servers) TrunkSecret(ctx context.Context, id dialer.ServerID, secret string) error {
	_, err := s.db.x.ExecContext(ctx, serverSecret, secret, id)
	return kind(err)
}

// JoinWeb enters a web server.
func (s *Servers) JoinWeb(ctx context.Context, name string) (dialer.Server, error) {
	_, err := s.db.x.ExecContext(ctx, serverJoinWeb, name)
	if err != nil {
		return dialer.Server{}, kind(err)
	}
	return s.ByName(ctx, name)
}

// ByName is the host of that name.
func (s *Servers) ByName(ctx context.Context, name string) (dialer.Server, error) {
	var server dialer.Server
	err := s.db.x.GetContext(ctx, &server, serverByName, name)
	return server, kind(err)
}

// Alive tells whether a host of that name has beaten lately.
func (s *Servers) Alive(ctx context.Context, name string) (alive bool, err error) {
	err = s.db.x.GetContext(ctx, &alive, serverAlive, name)
	return alive, kind(err)
}

// Telephony gives the telephony servers, whether they are up or not.
func (s *Servers) Telephony(ctx context.Context) ([]dialer.Server, error) {
	var servers []dialer.Server
	err := s.db.x.SelectContext(ctx, &servers, serversTelephony)
	return servers, kind(err)
}

// All gives every host.
func (s *Servers) All(ctx context.Context) ([]dialer.Server, error) {
	var servers []dialer.Server
	err := s.db.x.SelectContext(ctx, &servers, serversAll)
	return servers, kind(err)
}

// Beat says that a host's telephony role lives, at the database's time now, with a
// clock that is ahead of the database's by its skew. dialer.ErrNotFound: the host
// was removed, and has to join again.
func (s *Servers) Beat(ctx context.Context, id dialer.ServerID, now time.Time, v keepalive.Vitals) error {
	return s.beat(ctx, serverBeat, now, clampMillis(v.Skew), v.Version, v.Load, v.Cores, id)
}

// BeatWeb is Beat for a host's web role. What it says of clock and load is kept
// where no keepalive says it.
func (s *Servers) BeatWeb(ctx context.Context, id dialer.ServerID, now time.Time, v keepalive.Vitals) error {
	return s.beat(ctx, serverWebBeat, now, v.Version, clampMillis(v.Skew), v.Load, v.Cores, id)
}

func (s *Servers) beat(ctx context.Context, query string, args ...any) error {
	result, err := s.db.x.ExecContext(ctx, query, args...)
	if err != nil {
		return kind(err)
	}
	rows, err := result.RowsAffected() // those found, changed or not
	if err == nil && rows == 0 {
		return dialer.ErrNotFound
	}
	return err
}

// SetListening says whether the host's listen has its Asterisk in hand, and how
// many channels that has.
func (s *Servers) SetListening(ctx context.Context, id dialer.ServerID, listening bool, channels int) error {
	_, err := s.db.x.ExecContext(ctx, serverListening, listening, channels, id)
	return kind(err)
}

// clampMillis fits a duration into the INT column: a clock that is years off
// must still be reported as off.
func clampMillis(d time.Duration) int64 {
	const most = 1<<31 - 1
	return min(max(d.Milliseconds(), -most), most)
}

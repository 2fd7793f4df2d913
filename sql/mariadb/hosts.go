package mariadb

import (
	"context"
	"strconv"

	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

// Hosts shows the servers, and keeps what is set for them.
type Hosts struct{ *Catalog[facts.SetServer] }

// NewHosts is the store on a database.
func NewHosts(db *DB) *Hosts {
	return &Hosts{catalog(db, "server", true, func(s facts.SetServer) string { return strconv.FormatInt(int64(s.ID), 10) }, neverDeleted)}
}

var (
	hostLines = queries.Get("host-lines")
	hostJobs  = queries.Get("host-jobs")
)

// Lines are all servers with what they do now.
func (h *Hosts) Lines(ctx context.Context) ([]facts.HostLine, error) {
	var all []facts.HostLine
	err := h.db.x.SelectContext(ctx, &all, hostLines)
	return all, kind(err)
}

// Jobs are what one server at a time does for all.
func (h *Hosts) Jobs(ctx context.Context) ([]facts.Job, error) {
	var all []facts.Job
	err := h.db.x.SelectContext(ctx, &all, hostJobs)
	return all, kind(err)
}

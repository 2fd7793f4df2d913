package mariadb

import (
	"context"
	"slices"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/recordings"
	"trunkline/sql/queries"
)

// Recordings keeps the rows of recordings for their finisher.
type Recordings struct{ db *DB }

// NewRecordings is the store on a database.
func NewRecordings(db *DB) *Recordings { return &Recordings{db} }

var (
	qRecordingsUnfinished = queries.Get("recordings-unfinished")
	qRecordingFinish      = queries.Get("recording-finish")
	qRecordingsNamed      = queries.Get("recordings-named")
	qRecordingFound       = queries.Get("recording-found")
)

// Unfinished are a server's recordings whose call has ended, oldest first.
func (s *Recordings) Unfinished(ctx context.Context, server dialer.ServerID) ([]recordings.Recording, error) {
	var all []recordings.Recording
	err := s.db.x.SelectContext(ctx, &all, qRecordingsUnfinished, server)
	return all, kind(err)
}

// Finish writes what a recording became.
func (s *Recordings) Finish(ctx context.Context, f recordings.Finished) error {
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.NamedExecContext(ctx, qRecordingFinish, f); err != nil {
			return kind(err)
		}
		_, err := tx.ExecContext(ctx, qReportChangedCall, f.Call)
		return kind(err)
	})
}

// Rowless are those of the calls that have no recording's row.
func (s *Recordings) Rowless(ctx context.Context, calls []dialer.CallID) ([]dialer.CallID, error) {
	query, args, err := sqlx.In(qRecordingsNamed, calls)
	if err != nil {
		return nil, err
	}
	var named []dialer.CallID
	err = s.db.x.SelectContext(ctx, &named, query, args...)
	return slices.DeleteFunc(slices.Clone(calls), func(id dialer.CallID) bool { return slices.Contains(named, id) }), kind(err)
}

// Found gives a file its row, if its call is one of the server's, or was.
func (s *Recordings) Found(ctx context.Context, server dialer.ServerID, call dialer.CallID, file string) error {
	_, err := s.db.x.ExecContext(ctx, qRecordingFound, file, server, call)
	return kind(err)
}

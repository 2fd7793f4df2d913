package mariadb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/hopper/leads"
	"trunkline/sql/queries"
)

// Imports keeps the imports of lead files: who reads which file into which list,
// and how far it has come.
type Imports struct {
	db    *DB
	leads *LeadStore
}

// NewImports is the store on a database.
func NewImports(db *DB) *Imports { return &Imports{db, NewLeadStore(db)} }

var (
	importInsert          = queries.Get("import-insert")
	importByID            = queries.Get("import-by-id")
	importLock            = queries.Get("import-lock")
	importsLatest         = queries.Get("imports-latest")
	importsOfList         = queries.Get("imports-of-list")
	importCutOff          = queries.Get("import-cut-off")
	importsWaiting        = queries.Get("imports-waiting")
	importsInFolder       = queries.Get("imports-in-folder")
	importFile            = queries.Get("import-file")
	importClaim           = queries.Get("import-claim")
	importBeat            = queries.Get("import-beat")
	importRelease         = queries.Get("import-release")
	importMove            = queries.Get("import-move")
	importSetState        = queries.Get("import-set-state")
	importSwitch          = queries.Get("import-switch")
	importBegin           = queries.Get("import-begin")
	importRejectsClear    = queries.Get("import-rejects-clear")
	importRejectInsert    = queries.Get("import-reject-insert")
	importRejects         = queries.Get("import-rejects")
	importListsOfCampaign = queries.Get("import-lists-of-campaign")
	importListsAll        = queries.Get("import-lists-all")
	importStatuses        = queries.Get("import-statuses")
	importCampaign        = queries.Get("import-campaign")
	importKnown           = queries.Get("import-known")
	importKnownIn         = queries.Get("import-known-in")
	importKnownCodes      = queries.Get("import-known-codes")
	importUndoFind        = queries.Get("import-undo-find")
	importUndoLeads       = queries.Get("import-undo-leads")
	importUndoHopper      = queries.Get("import-undo-hopper")
	importUndoClaimed     = queries.Get("import-undo-claimed")
	importUndoPhones      = queries.Get("import-undo-phones")
	importUndoCustom      = queries.Get("import-undo-custom")
	customFieldsOfList    = queries.Get("custom-fields-of-list")
)

// importRow is a dialer.Import as its table holds it.
type importRow struct {
	ID        dialer.ImportID    `db:"id"`
	ListID    dialer.ListID      `db:"list_id"`
	UserID    dialer.UserID      `db:"user_id"`
	State     dialer.ImportState `db:"state"`
	FileName  string             `db:"file_name"`
	File      dialer.LeadFileID  `db:"file_id"`
	Path      string             `db:"path"`
	Host      string             `db:"host"`
	Epoch     int64              `db:"epoch"`
	Bytes     int64              `db:"bytes"`
	Digest    []byte             `db:"digest"`
	Options   []byte             `db:"options"`
	Position  int                `db:"position"`
	TotalRows int                `db:"total_rows"`
	dialer.ImportCounts
	Report    []byte     `db:"report"`
	Problem   string     `db:"problem"`
	Holder    string     `db:"holder"`
	BeatAt    *time.Time `db:"beat_at"`
	CreatedAt time.Time  `db:"created_at"`
	StartedAt *time.Time `db:"started_at"`
	DoneAt    *time.Time `db:"done_at"`
}

func (r importRow) noun() (dialer.Import, error) {
	im := dialer.Import{
		ID: r.ID, ListID: r.ListID, UserID: r.UserID, State: r.State, FileName: r.FileName, File: r.File, Path: r.Path, Host: r.Host, Epoch: r.Epoch, Bytes: r.Bytes,
		Position: r.Position, TotalRows: r.TotalRows, Counts: r.ImportCounts, Problem: r.Problem, Holder: r.Holder,
		BeatAt: r.BeatAt, CreatedAt: r.CreatedAt, StartedAt: r.StartedAt, DoneAt: r.DoneAt,
	}
	copy(im.Digest[:], r.Digest)
	err := errors.Join(json.Unmarshal(r.Options, &im.Options), json.Unmarshal(r.Report, &im.Report))
	if err != nil {
		return im, fmt.Errorf("import %d: %w", r.ID, err)
	}
	return im, nil
}

// Add makes an import of a file that is there; its id comes back.
func (s *Imports) Add(ctx context.Context, im dialer.Import) (dialer.ImportID, error) {
	options, err := json.Marshal(im.Options)
	if err != nil {
		return 0, err
	}
	var id int64
	err = s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		var list dialer.ListID
		if err := tx.GetContext(ctx, &list, leadsLockList, im.ListID); err != nil {
			return kind(err)
		}
		res, err := tx.ExecContext(ctx, importInsert, im.ListID, im.UserID, im.FileName, im.File, im.Host, im.Bytes, im.Digest[:], options, im.CreatedAt)
		if err != nil {
			return kind(err)
		}
		id, err = res.LastInsertId()
		return err
	})
	return dialer.ImportID(id), err
}

// Import is one import, or dialer.ErrNotFound.
func (s *Imports) Import(ctx context.Context, id dialer.ImportID) (dialer.Import, error) {
	return s.one(ctx, importByID, id)
}

// CutOff is the command line's last import of the same file into the list that
// did not reach its end, or dialer.ErrNotFound.
func (s *Imports) CutOff(ctx context.Context, list dialer.ListID, digest [32]byte, bytes int64) (dialer.Import, error) {
	return s.one(ctx, importCutOff, list, digest[:], bytes)
}

func (s *Imports) one(ctx context.Context, query string, args ...any) (dialer.Import, error) {
	var row importRow
	if err := s.db.x.GetContext(ctx, &row, query, args...); err != nil {
		return dialer.Import{}, kind(err)
	}
	return row.noun()
}

// Latest are the last imports, of one list or (0) of all, the newest first.
func (s *Imports) Latest(ctx context.Context, list dialer.ListID, limit int) ([]dialer.Import, error) {
	query, args := importsLatest, []any{limit}
	if list != 0 {
		query, args = importsOfList, []any{list, limit}
	}
	return s.all(ctx, query, args...)
}

func (s *Imports) all(ctx context.Context, query string, args ...any) ([]dialer.Import, error) {
	var rows []importRow
	if err := s.db.x.SelectContext(ctx, &rows, query, args...); err != nil {
		return nil, kind(err)
	}
	all := make([]dialer.Import, len(rows))
	for i, r := range rows {
		var err error
		if all[i], err = r.noun(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Waiting are the imports of the pages that no process works on, though one
// should: their holders have said nothing for so long, or they have none.
func (s *Imports) Waiting(ctx context.Context, silence time.Duration) ([]dialer.ImportID, error) {
	var ids []dialer.ImportID
	err := s.db.x.SelectContext(ctx, &ids, importsWaiting, -silence.Microseconds(), silence.Microseconds())
	return ids, kind(err)
}

// InFolder are the imports that may need a file which a version before this one
// keeps in a folder of the host.
func (s *Imports) InFolder(ctx context.Context, host string) ([]dialer.Import, error) {
	return s.all(ctx, importsInFolder, host)
}

// SetFile says that an import's file is in the database; 0: that it is nowhere.
func (s *Imports) SetFile(ctx context.Context, id dialer.ImportID, file dialer.LeadFileID) error {
	return s.change(ctx, importFile, file, id)
}

// Claim makes an import this process's to work on: CHECKING, RUNNING or UNDOING,
// and nobody's, or of a holder that has said nothing for so long. Else the error
// is dialer.ErrConflict. Whoever held it before changes nothing more.
func (s *Imports) Claim(ctx context.Context, id dialer.ImportID, holder string, silence time.Duration) (im dialer.Import, err error) {
	err = s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		err := found(tx.ExecContext(ctx, importClaim, holder, id, -silence.Microseconds(), silence.Microseconds()))
		if err != nil {
			return err
		}
		var row importRow
		if err := tx.GetContext(ctx, &row, importByID, id); err != nil {
			return kind(err)
		}
		im, err = row.noun()
		return err
	})
	return im, err
}

// change runs an update that must find its row.
func (s *Imports) change(ctx context.Context, query string, args ...any) error {
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error { return found(tx.ExecContext(ctx, query, args...)) })
}

// found is an update's error: dialer.ErrConflict where it found no row.
func found(res sql.Result, err error) error {
	if err != nil {
		return kind(err)
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		err = dialer.ErrConflict
	}
	return err
}

// Beat says that the holder lives.
func (s *Imports) Beat(ctx context.Context, im dialer.Import) error {
	return s.change(ctx, importBeat, im.ID, im.Holder, im.Epoch)
}

// Release gives an import back before its end: another process may go on with it
// at once.
func (s *Imports) Release(ctx context.Context, im dialer.Import) error {
	return s.change(ctx, importRelease, im.ID, im.Holder, im.Epoch)
}

// End writes how an import that this process held has ended.
func (s *Imports) End(ctx context.Context, im dialer.Import, state dialer.ImportState, problem string, now time.Time) error {
	return s.change(ctx, importSetState, state, problem, im.TotalRows, now, im.ID, im.State, im.Holder, im.Epoch)
}

// Switch does what a person asks for: from one of the states into another;
// dialer.ErrConflict when it is in none of them.
func (s *Imports) Switch(ctx context.Context, id dialer.ImportID, to dialer.ImportState, from ...dialer.ImportState) error {
	query, args, err := sqlx.In(importSwitch, to, to, id, from)
	if err != nil {
		return err
	}
	return s.change(ctx, query, args...)
}

// Begin has an import start at its first row as CHECKING or RUNNING, with these
// options. What a dry run rejected is forgotten.
func (s *Imports) Begin(ctx context.Context, id dialer.ImportID, state dialer.ImportState, o dialer.ImportOptions, now time.Time) error {
	options, err := json.Marshal(o)
	if err != nil {
		return err
	}
	for {
		res, err := s.db.x.ExecContext(ctx, importRejectsClear, id)
		if err != nil {
			return kind(err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			break
		}
	}
	return s.change(ctx, importBegin, state, options, now, id)
}

// Rejects are the rows that were not taken, from after a row on.
func (s *Imports) Rejects(ctx context.Context, id dialer.ImportID, after, limit int) ([]dialer.ImportReject, error) {
	var rows []dialer.ImportReject
	err := s.db.x.SelectContext(ctx, &rows, importRejects, id, after, limit)
	return rows, kind(err)
}

// CustomFields are a list's own fields in their order.
func (s *Imports) CustomFields(ctx context.Context, list dialer.ListID) ([]dialer.CustomField, error) {
	var fields []dialer.CustomField
	err := s.db.x.SelectContext(ctx, &fields, customFieldsOfList, list)
	return fields, kind(err)
}

// AddBatch fills leads.Store.
func (s *Imports) AddBatch(ctx context.Context, im dialer.Import, b leads.Batch) error {
	sets, err := s.leads.zoneSets(ctx, b.Leads)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		var row importRow
		if err := tx.GetContext(ctx, &row, importLock, im.ID); err != nil {
			return kind(err)
		}
		if row.State != im.State || row.Holder != im.Holder || row.Epoch != im.Epoch || row.Position != b.From {
			return fmt.Errorf("import %d is %s of %q (%d) at row %d: %w", im.ID, row.State, row.Holder, row.Epoch, row.Position, dialer.ErrConflict)
		}
		known, err := s.lookUp(ctx, tx, im, b)
		if err != nil {
			return err
		}
		done := b.Settle(known)
		if !b.Dry {
			if err := insertLeads(ctx, tx, im.ListID, done.Take, sets, im.ID, im.CreatedAt); err != nil {
				return err
			}
			if err := s.leads.updateLeads(ctx, tx, im, done); err != nil {
				return err
			}
		}
		if len(done.Rejects) > 0 {
			rows := make([]rejectRow, len(done.Rejects))
			for i, r := range done.Rejects {
				rows[i] = rejectRow{im.ID, r}
			}
			if _, err := tx.NamedExecContext(ctx, importRejectInsert, rows); err != nil {
				return kind(err)
			}
		}
		report, err := json.Marshal(done.Report)
		if err != nil {
			return err
		}
		c := done.Counts
		_, err = tx.ExecContext(ctx, importMove, done.Position, im.TotalRows, c.Accepted, c.Updated, c.Rejected, c.Duplicates, c.DNC, report, im.ID)
		return kind(err)
	})
}

type rejectRow struct {
	ImportID dialer.ImportID `db:"import_id"`
	dialer.ImportReject
}

// DoNotCall fills leads.Store.
func (s *Imports) DoNotCall(ctx context.Context, list dialer.ListID, e164s []string) (map[string]dialer.DNCScope, error) {
	var campaign dialer.CampaignID
	if err := s.db.x.GetContext(ctx, &campaign, importCampaign, list); err != nil {
		return nil, kind(err)
	}
	return dncFindIn(ctx, s.db.x, campaign, e164s)
}

// lookUp finds which numbers of a batch are known. Until the transaction ends no
// other import adds to the lists that were looked in.
func (s *Imports) lookUp(ctx context.Context, tx *sqlx.Tx, im dialer.Import, b leads.Batch) (leads.KnownLeads, error) {
	known := leads.KnownLeads{Numbers: map[string]leads.Known{}, Codes: map[string]leads.Known{}}
	if len(b.Leads) == 0 {
		return known, nil
	}
	numbers := make([]string, len(b.Leads))
	own := []dialer.ListID{im.ListID} // the rows' lists
	for i, l := range b.Leads {
		numbers[i] = l.E164
		if !slices.Contains(own, l.ListID) {
			own = append(own, l.ListID)
		}
	}
	if len(own) > 1 {
		if err := tx.SelectContext(ctx, &known.Lists, importListsOfCampaign, im.ListID); err != nil {
			return known, kind(err)
		}
		own = slices.DeleteFunc(own, func(id dialer.ListID) bool { return !slices.Contains(known.Lists, id) })
	}
	if slices.ContainsFunc(b.Leads, func(l leads.NewLead) bool { return l.Status != dialer.StatusNew }) {
		if err := tx.SelectContext(ctx, &known.Statuses, importStatuses, dialer.StatusQueue, dialer.StatusInCall); err != nil {
			return known, kind(err)
		}
	}
	return known, s.known(ctx, tx, im, b, own, numbers, known)
}

func (s *Imports) known(ctx context.Context, tx *sqlx.Tx, im dialer.Import, b leads.Batch, own []dialer.ListID, numbers []string, known leads.KnownLeads) error {
	since := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	if im.Options.KnownDays > 0 {
		since = im.CreatedAt.AddDate(0, 0, -im.Options.KnownDays)
	}
	var lists []dialer.ListID
	var err error
	switch im.Options.Known {
	case dialer.DuplicatesKept:
		return nil
	case dialer.DuplicatesFile:
		lists, since = own, im.CreatedAt
	case dialer.DuplicatesCampaign:
		err = tx.SelectContext(ctx, &lists, importListsOfCampaign, im.ListID)
	case dialer.DuplicatesSystem:
		err = tx.SelectContext(ctx, &lists, importListsAll)
	default:
		if lists = own; len(own) == 1 { // else all of the campaign's are held already
			err = tx.SelectContext(ctx, &lists, leadsLockList, im.ListID)
		}
	}
	if err != nil {
		return kind(err)
	}
	query, args, err := sqlx.In(importKnownIn, numbers, lists, since)
	if im.Options.Known == dialer.DuplicatesSystem {
		query, args, err = sqlx.In(importKnown, numbers, since)
	}
	if err != nil {
		return err
	}
	var rows []knownRow
	if err := tx.SelectContext(ctx, &rows, query, args...); err != nil {
		return kind(err)
	}
	for _, r := range rows {
		if im.Options.Known == dialer.DuplicatesFile && !r.At.Equal(im.CreatedAt) {
			continue // another's, of the same moment or later
		}
		r.into(known.Numbers, leads.NumberKey(im.Options.Known, r.ListID, r.E164), im.ListID)
	}
	if im.Options.Update != dialer.UpdateByCode {
		return nil
	}
	codes := []string{}
	for _, l := range b.Leads {
		if l.VendorLeadCode != "" {
			codes = append(codes, l.VendorLeadCode)
		}
	}
	if len(codes) == 0 {
		return nil
	}
	if query, args, err = sqlx.In(importKnownCodes, codes, lists, since); err != nil {
		return err
	}
	rows = nil
	if err := tx.SelectContext(ctx, &rows, query, args...); err != nil {
		return kind(err)
	}
	for _, r := range rows {
		r.into(known.Codes, r.Code, im.ListID)
	}
	return nil
}

type knownRow struct {
	ID     dialer.LeadID `db:"id"`
	E164   string        `db:"e164"`
	Code   string        `db:"code"`
	ListID dialer.ListID `db:"list_id"`
	At     time.Time     `db:"created_at"`
}

// into notes the row under its key. Of several leads the import's own list's
// counts, and of those the first.
func (r knownRow) into(known map[string]leads.Known, key string, own dialer.ListID) {
	have, ok := known[key]
	switch {
	case ok && have.List == own && r.ListID != own:
		return
	case ok && (have.List == own) == (r.ListID == own) && have.ID < r.ID:
		return
	}
	known[key] = leads.Known{ID: r.ID, List: r.ListID, Since: r.At}
}

// UndoBatch takes back the next leads that an import added, after the given one:
// all but those that were called, or are claimed for a call, which stay. last is
// the last one looked at; 0: there are no more.
func (s *Imports) UndoBatch(ctx context.Context, im dialer.Import, after dialer.LeadID, limit int) (removed, kept int, last dialer.LeadID, err error) {
	err = s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		removed, kept, last = 0, 0, 0
		var row importRow
		if err := tx.GetContext(ctx, &row, importLock, im.ID); err != nil {
			return kind(err)
		}
		if row.State != dialer.ImportUndoing || row.Holder != im.Holder || row.Epoch != im.Epoch {
			return dialer.ErrConflict
		}
		// Rows may have named other lists of the campaign.
		lists := []dialer.ListID{im.ListID}
		if slices.Contains(im.Options.Columns, "list_id") {
			if err := tx.SelectContext(ctx, &lists, importListsOfCampaign, im.ListID); err != nil {
				return kind(err)
			}
		}
		var found []struct {
			ID     dialer.LeadID `db:"id"`
			Called bool          `db:"called"`
		}
		query, args, err := sqlx.In(importUndoFind, lists, im.ID, after, limit)
		if err != nil {
			return err
		}
		if err := tx.SelectContext(ctx, &found, query, args...); err != nil {
			return kind(err)
		}
		var ids []dialer.LeadID
		for _, f := range found {
			last = f.ID
			if !f.Called {
				ids = append(ids, f.ID)
			}
		}
		kept = len(found) - len(ids)
		if len(ids) == 0 {
			return nil
		}
		if _, err := inTx(ctx, tx, importUndoHopper, ids); err != nil {
			return err
		}
		// A lead still in the hopper is claimed: its call is being placed.
		var claimed []dialer.LeadID
		if query, args, err = sqlx.In(importUndoClaimed, ids); err != nil {
			return err
		}
		if err := tx.SelectContext(ctx, &claimed, query, args...); err != nil {
			return kind(err)
		}
		ids = slices.DeleteFunc(ids, func(id dialer.LeadID) bool { return slices.Contains(claimed, id) })
		if len(ids) == 0 {
			kept = len(found)
			return nil
		}
		n, err := inTx(ctx, tx, importUndoLeads, ids, im.ID)
		if err != nil {
			return err
		}
		removed, kept = int(n), len(found)-int(n)
		for _, query := range []string{importUndoPhones, importUndoCustom} {
			if _, err := inTx(ctx, tx, query, ids); err != nil {
				return err
			}
		}
		return nil
	})
	return removed, kept, last, err
}

// inTx runs one statement whose slices become IN lists, and says how many rows it
// changed.
func inTx(ctx context.Context, tx *sqlx.Tx, query string, args ...any) (int64, error) {
	query, args, err := sqlx.In(query, args...)
	if err != nil {
		return 0, err
	}
	res, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, kind(err)
	}
	return res.RowsAffected()
}

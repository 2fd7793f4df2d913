package mariadb

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/queries"
)

var (
	leadsDeleteFind      = queries.Get("leads-delete-find")
	leadsDelete          = queries.Get("leads-delete")
	leadsDeleteOne       = queries.Get("leads-delete-one")
	leadsDeleteCallbacks = queries.Get("leads-delete-callbacks")
)

// deleteBatch bounds a transaction that deletes leads.
const deleteBatch = 1000

// DeleteLeads deletes a list's leads of a status, or ("") all of them, with their
// further numbers, custom fields and callbacks, and says how many. Leads that are
// being called stay. Calls, recordings and do-not-call entries stay as they are:
// they are the record of what was done.
func (s *Lists) DeleteLeads(ctx context.Context, by audit.By, list dialer.ListID, status dialer.Status) (int, error) {
	statuses := []dialer.Status{status}
	what := "leads of status " + string(status)
	if status == "" {
		all, err := s.Statuses(ctx, list)
		if err != nil {
			return 0, err
		}
		statuses, what = nil, "leads"
		for _, l := range all {
			statuses = append(statuses, l.Status)
		}
	}
	deleted, err := s.deleteOf(ctx, by, list, statuses)
	return deleted, s.noted(ctx, err, deleted, by, "list.delete-leads", list, map[string]string{"deleted": fmt.Sprintf("%d %s", deleted, what)})
}

func (s *Lists) deleteOf(ctx context.Context, by audit.By, list dialer.ListID, statuses []dialer.Status) (deleted int, err error) {
	for _, of := range statuses {
		for of != dialer.StatusQueue && of != dialer.StatusInCall {
			n, err := s.deleteBatch(ctx, by, list, of)
			deleted += n
			if err != nil {
				return deleted, err
			}
			if n == 0 {
				break
			}
		}
	}
	return deleted, nil
}

func (s *Lists) deleteBatch(ctx context.Context, by audit.By, list dialer.ListID, status dialer.Status) (deleted int, err error) {
	err = s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		var ids []dialer.LeadID
		if err := tx.SelectContext(ctx, &ids, leadsDeleteFind, list, status, deleteBatch); err != nil || len(ids) == 0 {
			deleted = 0
			return kind(err)
		}
		var err error
		deleted, err = deleteLeads(ctx, tx, by, list, ids)
		return err
	})
	return deleted, err
}

// deleteLeads deletes leads of a list, but for those that are claimed for a call
// by now, or being called.
func deleteLeads(ctx context.Context, tx *sqlx.Tx, by audit.By, list dialer.ListID, ids []dialer.LeadID) (int, error) {
	if _, err := inTx(ctx, tx, listMoveHopper, ids); err != nil {
		return 0, err
	}
	// A lead still in the hopper is claimed: its call is being placed.
	var claimed []dialer.LeadID
	query, args, err := sqlx.In(importUndoClaimed, ids)
	if err != nil {
		return 0, err
	}
	if err := tx.SelectContext(ctx, &claimed, query, args...); err != nil {
		return 0, kind(err)
	}
	ids = slices.DeleteFunc(ids, func(id dialer.LeadID) bool { return slices.Contains(claimed, id) })
	if len(ids) == 0 {
		return 0, nil
	}
	n, err := inTx(ctx, tx, leadsDelete, ids, list)
	if err != nil || n == 0 {
		return 0, err
	}
	for _, query := range []string{importUndoPhones, importUndoCustom} {
		if _, err := inTx(ctx, tx, query, ids); err != nil {
			return 0, err
		}
	}
	_, err = inTx(ctx, tx, leadsDeleteCallbacks, by.At, ids)
	return int(n), err
}

// Delete deletes one lead; one that is being called is a *dialer.Problem.
func (s *LeadPages) Delete(ctx context.Context, by audit.By, key string) error {
	id, err := strconv.ParseInt(key, 10, 64)
	if err != nil {
		return dialer.ErrNotFound
	}
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		var lead struct {
			ID     dialer.LeadID `db:"id"`
			List   dialer.ListID `db:"list_id"`
			Status dialer.Status `db:"status"`
		}
		if err := tx.GetContext(ctx, &lead, leadsDeleteOne, id); err != nil {
			return kind(err)
		}
		n, err := deleteLeads(ctx, tx, by, lead.List, []dialer.LeadID{lead.ID})
		if err != nil {
			return err
		}
		if n == 0 {
			return dialer.Explain(dialer.ErrConflict, "The lead is being called just now. Delete it when the call has ended.")
		}
		return note(ctx, tx, by, "lead.delete", object("lead", id), map[string]string{"list": fmt.Sprint(lead.List), "status": string(lead.Status)}, nil)
	})
}

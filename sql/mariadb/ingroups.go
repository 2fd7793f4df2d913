package mariadb

import (
	"context"

	"trunkline/dialer"
	"trunkline/sql/queries"
)

var inGroupFeeders = queries.Get("ingroup-feeders")

// InGroups keeps the in-groups. None is deleted: calls of the past say where they
// came in.
type InGroups struct{ *Catalog[dialer.InGroup] }

// NewInGroups keeps them.
func NewInGroups(db *DB) InGroups {
	return InGroups{catalog(db, "ingroup", false, func(g dialer.InGroup) string { return string(g.ID) }, neverDeleted)}
}

// Feeders are the campaigns that hand calls to an in-group.
func (g InGroups) Feeders(ctx context.Context, id dialer.InGroupID) ([]dialer.CampaignID, error) {
	var all []dialer.CampaignID
	err := g.db.x.SelectContext(ctx, &all, inGroupFeeders, id)
	return all, kind(err)
}

package mariadb

import (
	"context"

	"github.com/pressly/goose/v3"

	"trunkline/sql/migrations"
)

// Schema tells the schema's version and the one that this binary is made for.
// They differ until Migrate has run, and while hosts of two versions share the
// database. A database without any tables has version 0.
func (db *DB) Schema(ctx context.Context) (have, want int64, err error) {
	p, err := goose.NewProvider(goose.DialectMySQL, db.x.DB, migrations.FS)
	if err != nil {
		return 0, 0, err
	}
	for _, s := range p.ListSources() {
		want = max(want, s.Version)
	}
	// Asked by hand: goose would create its table to answer.
	var tables int
	err = db.x.GetContext(ctx, &tables,
		"SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'goose_db_version'")
	if err != nil || tables == 0 {
		return 0, want, kind(err)
	}
	have, err = p.GetDBVersion(ctx)
	return have, want, kind(err)
}

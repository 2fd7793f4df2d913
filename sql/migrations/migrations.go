// Package migrations holds the schema, one statement a file: MariaDB commits
// each DDL statement by itself, so a file with two could stop half-way.
// Migrations only go forward.
package migrations

import "embed"

// FS holds the migrations by name order.
//
//go:embed *.sql
var FS embed.FS

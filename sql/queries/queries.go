// Package queries holds every SQL statement of Trunkline by name, in .sql files
// of one aggregate each. A block begins with "-- name: some-name"; the lines of
// comment that follow say what the statement is for.
package queries

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed *.sql
var files embed.FS

var byName = load()

// Get is the statement of that name. A name that does not exist is a
// programming error and panics; package variables make that happen at start.
func Get(name string) string {
	q, ok := byName[name]
	if !ok {
		panic("queries: no statement named " + name)
	}
	return q
}

// All gives every statement by name, for the test that prepares each on the
// real schema.
func All() map[string]string { return byName }

func load() map[string]string {
	all := map[string]string{}
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		text, err := files.ReadFile(e.Name())
		if err != nil {
			panic(err)
		}
		for _, block := range strings.Split("\n"+string(text), "\n-- name: ")[1:] {
			name, body, _ := strings.Cut(block, "\n")
			name = strings.TrimSpace(name)
			if _, twice := all[name]; twice {
				panic(fmt.Sprintf("queries: %s stands twice", name))
			}
			all[name] = statement(body)
		}
	}
	return all
}

// statement drops the comment lines: they are for readers, and the server
// would only parse them again and again.
func statement(body string) string {
	var keep []string
	for line := range strings.Lines(body) {
		line = strings.TrimRight(line, "\n")
		if t := strings.TrimSpace(line); t == "" || strings.HasPrefix(t, "--") {
			continue
		}
		keep = append(keep, line)
	}
	return strings.TrimSuffix(strings.Join(keep, "\n"), ";")
}

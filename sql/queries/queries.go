// Package queries holds every SQL statement of Trunkline by name, in .sql files
// of one aggregate each. A block begins with "-- name: some-name"; the lines of
// comment that follow say what the statement is for. A block that begins with
// "-- part: some-name" is no statement: it stands wherever another block of any
// file says {{some-name}}, so that a list of columns is written once.
package queries

import (
	"embed"
	"fmt"
	"regexp"
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
	all, parts := map[string]string{}, map[string]string{}
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		text, err := files.ReadFile(e.Name())
		if err != nil {
			panic(err)
		}
		for _, b := range blocks(string(text)) {
			into := all
			if b.part {
				into = parts
			}
			if _, twice := into[b.name]; twice {
				panic(fmt.Sprintf("queries: %s stands twice", b.name))
			}
			into[b.name] = b.text
		}
	}
	for name, text := range all {
		all[name] = filled(name, text, parts, 3)
	}
	return all
}

// filled is a statement with its parts in place; a part may use others, to a
// depth.
func filled(name, text string, parts map[string]string, depth int) string {
	return use.ReplaceAllStringFunc(text, func(part string) string {
		text, ok := parts[strings.Trim(part, "{}")]
		if !ok || depth == 0 {
			panic(fmt.Sprintf("queries: %s uses %s, which is nowhere or uses itself", name, part))
		}
		return filled(name, text, parts, depth-1)
	})
}

// use is where a part stands in a statement.
var use = regexp.MustCompile(`\{\{[a-z-]+\}\}`)

type block struct {
	name string
	part bool // to be used by others, no statement
	text string
}

var heading = regexp.MustCompile(`(?m)^-- (name|part): (\S+)\s*$`)

func blocks(text string) []block {
	var all []block
	at := heading.FindAllStringSubmatchIndex(text, -1)
	for i, m := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		all = append(all, block{name: text[m[4]:m[5]], part: text[m[2]:m[3]] == "part", text: statement(text[m[1]:end])})
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

package cluster

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"time"

	"trunkline/webui/ui"
)

var (
	hrefs = regexp.MustCompile(`<a [^>]*href="(/[^"]*)"`)
	// named is the part of an address that says which of many: a number, or a key.
	named = regexp.MustCompile(`/[^/]*[0-9A-Z][^/]*`)
)

// everyPage begins to open every page that an admin can click their way to, as the
// navigation and the pages there lead: each report with its files, and of many
// things that have a page each, one. What it gives back waits for the end.
func (s *scene) everyPage() (opened func()) {
	s.t.Helper()
	desk := s.admin()
	var queue, wrong []string
	seen, slowest, slow := map[string]bool{}, time.Duration(0), ""
	for _, group := range ui.Nav {
		for _, entry := range group.Entries {
			seen[entry.Href] = true
			if entry.Key == "why" { // where there is one campaign, it leads to that one's
				entry.Href = "/campaigns/" + string(s.Campaign) + "/why"
			}
			queue = append(queue, entry.Href)
		}
	}
	for _, id := range s.IDs {
		queue = append(queue, fmt.Sprintf("/servers/%d", id)) // each, the dead one's among them
	}
	for _, path := range queue {
		seen[kindOf(path)] = true
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; i < len(queue); i++ {
			began := time.Now()
			body, err := desk.Get(s.t.Context(), queue[i])
			if took := time.Since(began); took > slowest {
				slowest, slow = took, queue[i]
			}
			if err != nil {
				wrong = append(wrong, err.Error())
			}
			for _, link := range hrefs.FindAllStringSubmatch(string(body), -1) {
				path := html.UnescapeString(link[1])
				if kind := kindOf(path); !seen[kind] && !strings.HasPrefix(path, "/static/") {
					seen[kind] = true
					queue = append(queue, path)
				}
			}
		}
	}()
	return func() {
		s.t.Helper()
		<-done
		for _, w := range wrong {
			s.t.Errorf("an admin's page: %s", w)
		}
		s.t.Logf("%d kinds of pages opened, the slowest %s in %s", len(queue), slow, slowest.Round(time.Millisecond))
		if long && slowest > time.Second { // on a machine with nothing else to do
			s.t.Errorf("%s took %s", slow, slowest)
		}
	}
}

func kindOf(path string) string {
	path, _, _ = strings.Cut(path, "?")
	path, _, _ = strings.Cut(path, "#")
	return named.ReplaceAllString(path, "/*")
}

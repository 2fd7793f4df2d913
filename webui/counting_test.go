package webui

import (
	"strings"
	"testing"
)

// A page does not wait for millions of leads to be counted: it says that they are
// being counted and where the part is that comes after it, and a browser without
// scripts has a link that waits.
func TestPagesDoNotWaitForCounts(t *testing.T) {
	f := newFake()
	f.counting = make(chan struct{})
	s := newSite(t, f).as(t, "rosa")
	for path, part := range map[string]string{"/campaigns/AUTUMN/why": "/campaigns/AUTUMN/why/census", "/campaigns/AUTUMN": "/campaigns/AUTUMN/leads"} {
		status, page, _ := s.do(t, "GET", path, nil)
		if status != 200 || !strings.Contains(page, `hx-get="`+part+`"`) || !strings.Contains(page, path+"?wait=1") || strings.Contains(page, "1,000,000") {
			t.Errorf("%s while it is counted: %d, %.3000s", path, status, page)
		}
	}
	close(f.counting)
	for path, part := range map[string]string{"/campaigns/AUTUMN/why": "/campaigns/AUTUMN/why/census", "/campaigns/AUTUMN": "/campaigns/AUTUMN/leads"} {
		status, text, _ := s.do(t, "GET", part, nil)
		if status != 200 || !strings.Contains(text, "1,000,000") || strings.Contains(text, "hx-get") || strings.Contains(text, "<html") {
			t.Errorf("%s once it is counted: %d, %.600s", part, status, text)
		}
		if status, page, _ := s.do(t, "GET", path+"?wait=1", nil); status != 200 || !strings.Contains(page, "1,000,000") {
			t.Errorf("%s, which waits: %d, %.600s", path, status, page)
		}
	}
}

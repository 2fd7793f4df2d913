package ui

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"trunkline/dialer"
)

func TestNavigationOpensWhereThePageIs(t *testing.T) {
	open := func(cookie, section string) (open, kept []string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if cookie != "" {
			r.AddCookie(&http.Cookie{Name: "nav", Value: cookie})
		}
		f := FrameOf(r, "", section, "")
		f.User = dialer.User{Role: dialer.RoleAdmin}
		for _, g := range f.nav() {
			if g.Open && g.Name != "" {
				open = append(open, g.Name)
			}
			if g.Kept {
				kept = append(kept, g.Name)
			}
		}
		return open, kept
	}
	for _, c := range []struct {
		cookie, section string
		open, kept      []string
	}{
		{"", "leads", []string{"Dial", "Reports"}, []string{"Dial", "Reports"}},
		{"", "users", []string{"Dial", "People", "Reports"}, []string{"Dial", "Reports"}},
		{"System", "leads", []string{"Dial", "System"}, []string{"System"}},
		{".", "board", nil, nil},
		{"<script>", "users", []string{"People"}, nil},
	} {
		open, kept := open(c.cookie, c.section)
		if !slices.Equal(open, c.open) || !slices.Equal(kept, c.kept) {
			t.Errorf("cookie %q, section %q: open %v, kept %v; want %v, %v", c.cookie, c.section, open, kept, c.open, c.kept)
		}
	}
}

package bench

import (
	"compress/gzip"
	"context"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"trunkline/webui/ui"
)

// What we promise of pages.
const (
	mostKB       = 100.0
	mostMS       = 50.0
	mostReportMS = 1000.0 // reports read months
	// mostPages bounds the walk.
	mostPages = 200
)

// pageCost is what a page costs its reader and the server.
type pageCost struct {
	Path  string  `json:"path"`
	KB    float64 `json:"kb"`       // the page as it travels
	AllKB float64 `json:"all_kb"`   // with its style sheet and script, which a browser keeps
	MS    float64 `json:"ms"`       // median of five requests after the first
	First float64 `json:"first_ms"` // the first request
}

// limit is how long the page may take.
func (p pageCost) limit() float64 {
	if strings.HasPrefix(p.Path, "/reports/") {
		return mostReportMS
	}
	return mostMS
}

// pages asks for one page of every kind: those that people go to by themselves,
// and those that links of theirs lead to.
func (b *deskBench) pages(ctx context.Context) ([]pageCost, error) {
	paths := []string{"/login", "/check", "/desk", "/campaigns/" + deskCampaign}
	for _, g := range ui.Nav {
		for _, e := range g.Entries {
			paths = append(paths, e.Href)
		}
	}
	kinds, assets := map[string]bool{}, map[string]float64{}
	var all []pageCost
	for i := 0; i < len(paths) && len(all) < mostPages; i++ {
		if kinds[kindOf(paths[i])] {
			continue
		}
		kinds[kindOf(paths[i])] = true
		c, text, err := b.page(ctx, paths[i], assets)
		if err != nil {
			return all, err
		}
		all = append(all, c)
		for _, m := range link.FindAllSubmatch(text, -1) {
			if to := html.UnescapeString(string(m[1])); !noPage.MatchString(to) {
				paths = append(paths, to)
			}
		}
	}
	return all, nil
}

var (
	link = regexp.MustCompile(`<a [^>]*href="(/[^"#]*)[^"]*"`)
	// noPage are links to files, the desk, which is another browser's, and what
	// waits for a long count because a browser runs no scripts.
	noPage = regexp.MustCompile(`^/(static|desk|recordings/)|/csv|/xlsx|\.(csv|xlsx)|wait=1`)
	// Numbers, and codes, which are in capital letters.
	codes = regexp.MustCompile(`/([0-9]+|[A-Z0-9]*\.?[A-Z0-9]+\.?)(/|$)`)
)

// kindOf is what pages of one kind have in common: the address without numbers,
// and the names of what is asked.
func kindOf(path string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	return codes.ReplaceAllString(u.Path, "/{id}$2") + "?" + strings.Join(slices.Sorted(maps.Keys(u.Query())), "&")
}

var asset = regexp.MustCompile(`(?:href|src)="(/static/[^"]+)"`)

func (b *deskBench) page(ctx context.Context, path string, assets map[string]float64) (c pageCost, text []byte, err error) {
	c.Path = path
	var took []float64
	for range 6 {
		began := time.Now()
		if c.KB, text, err = b.get(ctx, path); err != nil {
			return c, nil, err
		}
		took = append(took, float64(time.Since(began).Microseconds())/1000)
	}
	c.First, took = took[0], took[1:]
	slices.Sort(took)
	c.MS, c.AllKB = took[len(took)/2], c.KB
	seen := map[string]bool{}
	for _, m := range asset.FindAllSubmatch(text, -1) {
		file := string(m[1])
		if seen[file] {
			continue
		}
		seen[file] = true
		if _, known := assets[file]; !known {
			size, _, err := b.get(ctx, file)
			if err != nil {
				return c, nil, err
			}
			assets[file] = size
		}
		c.AllKB += assets[file]
	}
	return c, text, nil
}

// get gives how many kilobytes travelled, and what they were.
func (b *deskBench) get(ctx context.Context, path string) (kb float64, text []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.base+path, nil)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Accept-Encoding", "gzip")
	cookie := b.cookies[0]
	if path == "/desk" {
		cookie = b.cookies[1]
	}
	req.AddCookie(cookie)
	resp, err := b.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	counted := &counter{r: resp.Body}
	var body io.Reader = counted
	if resp.Header.Get("Content-Encoding") == "gzip" {
		if body, err = gzip.NewReader(counted); err != nil {
			return 0, nil, err
		}
	}
	text, err = io.ReadAll(body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, resp.Status)
	}
	return float64(counted.n) / 1000, text, err
}

// counter counts what is read through it.
type counter struct {
	r io.Reader
	n int64
}

// Read reads on.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

package bench

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"time"

	"trunkline/webui/ui"
)

// pageCost is what a page costs its reader and the server.
type pageCost struct {
	Path  string  `json:"path"`
	KB    float64 `json:"kb"`     // the page as it travels
	AllKB float64 `json:"all_kb"` // with its style sheet and script, which a browser keeps
	MS    float64 `json:"ms"`     // median of five requests
}

// pages asks for every page that somebody goes to by themselves.
func (b *deskBench) pages(ctx context.Context) ([]pageCost, error) {
	paths := []string{"/login", "/check", "/desk", "/campaigns/new", "/campaigns/" + deskCampaign, "/campaigns/" + deskCampaign + "/settings/dialing", "/users/1001"}
	for _, g := range ui.Nav {
		for _, e := range g.Entries {
			paths = append(paths, e.Href)
		}
	}
	assets := map[string]float64{}
	var all []pageCost
	for _, path := range paths {
		c, err := b.page(ctx, path, assets)
		if err != nil {
			return all, err
		}
		all = append(all, c)
	}
	return all, nil
}

var asset = regexp.MustCompile(`(?:href|src)="(/static/[^"]+)"`)

func (b *deskBench) page(ctx context.Context, path string, assets map[string]float64) (pageCost, error) {
	c := pageCost{Path: path}
	var took []float64
	var html []byte
	for range 5 {
		began := time.Now()
		size, text, err := b.get(ctx, path)
		if err != nil {
			return c, err
		}
		took = append(took, float64(time.Since(began).Microseconds())/1000)
		c.KB, html = size, text
	}
	slices.Sort(took)
	c.MS, c.AllKB = took[len(took)/2], c.KB
	seen := map[string]bool{}
	for _, m := range asset.FindAllSubmatch(html, -1) {
		url := string(m[1])
		if seen[url] {
			continue
		}
		seen[url] = true
		if _, known := assets[url]; !known {
			size, _, err := b.get(ctx, url)
			if err != nil {
				return c, err
			}
			assets[url] = size
		}
		c.AllKB += assets[url]
	}
	return c, nil
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

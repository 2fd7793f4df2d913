package cluster

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

// imported is a long import, which loses its web server in the middle.
type imported struct {
	s    *scene
	http *http.Client
	base string // by the balancer
	at   string // its page
	id   dialer.ImportID
}

// importRows keep a web server busy for some seconds.
const importRows = 60_000

// importing sends web1 a lead file, and waits until web1 is in the middle of it.
// Nothing in the import looks for doubles.
func (s *scene) importing() *imported {
	s.t.Helper()
	const list = 301
	if err := s.campaign(s.t.Context(), "IMPORTED", list, dialer.RecordNever); err != nil {
		s.t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	i := &imported{s: s, base: "http://" + s.Front.Addr(), http: &http.Client{
		Jar: jar, Timeout: limit, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	i.post("/login", "user", boss, "password", s.Password)
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	err = w.WriteField("list", strconv.Itoa(list))
	var part io.Writer
	if err == nil {
		part, err = w.CreateFormFile("file", "long.csv")
	}
	if err == nil {
		var rows strings.Builder
		rows.WriteString("phone_number,first_name,last_name,comments\n")
		for n := range importRows {
			fmt.Fprintf(&rows, "614%07d,Ann,Example %d,likes to be called in the evening\n", 2_340_000+n, n)
		}
		_, err = io.WriteString(part, rows.String())
	}
	if err != nil || w.Close() != nil {
		s.t.Fatal(err)
	}
	i.at = i.send("/imports", w.FormDataContentType(), &body)
	n, err := strconv.ParseInt(path.Base(i.at), 10, 64)
	if err != nil {
		s.t.Fatalf("the file that was sent is at %q", i.at)
	}
	i.id = dialer.ImportID(n)
	i.post(i.at+"/start", "columns", "4", "col_0", "phone_number", "col_1", "first_name", "col_2", "last_name", "col_3", "comments",
		"known", string(dialer.DuplicatesKept), "known_days", "0", "country", "US")
	s.await("an import on web1", func() string {
		im := i.now()
		switch {
		case strings.HasPrefix(im.Holder, "web web1/") && im.Position > 0:
			return ""
		case im.Holder != "" && im.State == dialer.ImportRunning && !strings.HasPrefix(im.Holder, "web web1/"): // it was quicker
			i.post(i.at + "/pause")
			i.post(i.at + "/resume") // there by web1, which hears of it at once
		}
		return fmt.Sprintf("%s of %q at row %d", im.State, im.Holder, im.Position)
	})
	return i
}

func (i *imported) now() dialer.Import {
	i.s.t.Helper()
	im, err := mariadb.NewImports(i.s.DB).Import(i.s.t.Context(), i.id)
	if err != nil {
		i.s.t.Fatal(err)
	}
	return im
}

func (i *imported) post(at string, pairs ...string) {
	i.s.t.Helper()
	form := url.Values{}
	for n := 0; n < len(pairs); n += 2 {
		form.Set(pairs[n], pairs[n+1])
	}
	i.send(at, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// send gives the address that the answer leads to.
func (i *imported) send(at, kind string, body io.Reader) string {
	i.s.t.Helper()
	resp, err := i.http.Post(i.base+at, kind, body)
	if err != nil {
		i.s.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther {
		text, _ := io.ReadAll(resp.Body)
		i.s.t.Fatalf("%s: %s %.900s", at, resp.Status, text)
	}
	return resp.Header.Get("Location")
}

// goesOn waits until the other web server has ended the import that web1 died in,
// and shows it: each row is a lead once.
func (i *imported) goesOn(cut dialer.Import, lost time.Time) {
	i.s.t.Helper()
	if cut.State != dialer.ImportRunning || cut.Position >= importRows {
		i.s.t.Errorf("web1 lost power when the import was %s at row %d: that is not the middle", cut.State, cut.Position)
	}
	i.s.await("the import on the second web server", func() string {
		if im := i.now(); im.State != dialer.ImportDone {
			return fmt.Sprintf("%s of %q at row %d: %s", im.State, im.Holder, im.Position, im.Problem)
		}
		return ""
	})
	im := i.now()
	leads, numbers, err := mariadb.NewRig(i.s.DB).Leads(i.s.t.Context(), im.ListID)
	if err != nil || leads != importRows || numbers != importRows || im.Counts.Accepted != importRows {
		i.s.t.Errorf("of %d rows came %d leads of %d numbers, and the import says %d: %v", importRows, leads, numbers, im.Counts.Accepted, err)
	}
	resp, err := i.http.Get(i.base + i.at)
	if err != nil {
		i.s.t.Fatal(err)
	}
	defer resp.Body.Close()
	if page, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(page), "Imported") {
		i.s.t.Errorf("its page: %s, %v: %.900s", resp.Status, err, page)
	}
	i.s.t.Logf("an import that lost its web server at row %d was ended by the other %s after the power went", cut.Position, im.DoneAt.Sub(lost).Round(time.Second))
}

package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"trunkline/dialer"
)

// Snapshot is what of an agent's screen the hands look at.
type Snapshot struct {
	Session   string            `json:"session"`
	State     dialer.AgentState `json:"state"`
	PauseCode string            `json:"pause_code"`
	Phone     struct {
		Connected bool `json:"connected"`
	} `json:"phone"`
	Call   *SnapshotCall `json:"call"`
	Parked []struct {
		ID     string `json:"id"`
		Number string `json:"number"`
	} `json:"parked"`
	Preview *struct {
		ID    string `json:"lead_id"`
		Phone string `json:"phone_number"`
	} `json:"preview"`
	Server struct {
		Name string `json:"name"`
		Up   bool   `json:"up"`
	} `json:"server"`
	Muted   bool   `json:"muted"`
	NoSound string `json:"no_sound"`
	Refusal *struct {
		Sentence string `json:"sentence"`
	} `json:"refusal"`
}

// SnapshotCall is the call on the screen.
type SnapshotCall struct {
	InGroup string           `json:"in_group"`
	ID      string           `json:"id"`
	State   dialer.CallState `json:"state"`
	Number  string           `json:"number"`

	Recording bool          `json:"recording"`
	Paused    bool          `json:"recording_paused"`
	Status    dialer.Status `json:"status"`
	Reason    string        `json:"reason"`
	Lead      struct {
		Zone string `json:"zone"` // the customer's, or by comma those that the number may lie in
	} `json:"lead"`
	Third *struct {
		Number string           `json:"number"`
		State  dialer.CallState `json:"state"`
		Reason string           `json:"reason"`
	} `json:"third"`
}

// Desk is an agent's browser: the web role's own endpoints, with a jar of
// cookies.
type Desk struct {
	base string
	http *http.Client
}

// NewDesk is a browser that nobody has signed in with, at the web role's address.
func NewDesk(base string) *Desk {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // only with options
	}
	return &Desk{base, &http.Client{
		Jar: jar,
		// Where the web role sends us tells whether we are in.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

const (
	answerWithin = 10 * time.Second
	// signInWithin is longer: argon2id wants a core and 64 MB, and a machine that is
	// full of tests gives a process none for seconds.
	signInWithin = 40 * time.Second
)

// ErrSignedOut says that the browser's session or the shift has ended.
var ErrSignedOut = errors.New("signed out")

// Login signs in to a campaign and begins the shift, or finds it again.
func (d *Desk) Login(ctx context.Context, user, password string, campaign dialer.CampaignID) error {
	resp, err := d.post(ctx, signInWithin, "/login", url.Values{"user": {user}, "password": {password}, "campaign": {string(campaign)}})
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusSeeOther || !strings.HasPrefix(resp.Header.Get("Location"), "/desk") {
		return fmt.Errorf("signing in as %s: %s, sent to %q", user, resp.Status, resp.Header.Get("Location"))
	}
	return nil
}

// Admin signs in without a shift.
func (d *Desk) Admin(ctx context.Context, user, password string) error {
	resp, err := d.post(ctx, signInWithin, "/login", url.Values{"user": {user}, "password": {password}})
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusSeeOther {
		return fmt.Errorf("signing in as %s: %s", user, resp.Status)
	}
	return nil
}

// Post sends a form to any page and gives what it answers.
func (d *Desk) Post(ctx context.Context, path string, form url.Values) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.answer(req, path)
}

// Get asks any page.
func (d *Desk) Get(ctx context.Context, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.base+path, nil)
	if err != nil {
		return nil, err
	}
	return d.answer(req, path)
}

func (d *Desk) answer(req *http.Request, path string) ([]byte, error) {
	resp, err := d.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("%s: %s %s", path, resp.Status, body)
	}
	return body, err
}

// Do is one click.
func (d *Desk) Do(ctx context.Context, what string, form url.Values) error {
	if form.Get("status") == string(dialer.StatusCallback) && !form.Has("callback_at") {
		form.Set("callback_at", time.Now().UTC().AddDate(0, 0, 1).Format("2006-01-02T15:04")) // a callback has its day
		form.Set("callback_zone", "UTC")
	}
	resp, err := d.post(ctx, answerWithin, "/desk/"+what, form)
	if err != nil {
		return err
	}
	switch {
	case resp.StatusCode == http.StatusSeeOther, resp.StatusCode == http.StatusUnauthorized:
		return ErrSignedOut
	case resp.StatusCode >= 300:
		return fmt.Errorf("%s: %s", what, resp.Status)
	}
	return nil
}

func (d *Desk) post(ctx context.Context, within time.Duration, path string, form url.Values) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := d.http.Do(req)
	if err != nil {
		return nil, err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)) // so that the connection serves again
	return resp, resp.Body.Close()
}

// Watch follows the screen until the stream ends.
func (d *Desk) Watch(ctx context.Context, show func(Snapshot)) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.base+"/desk/events", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "text/event-stream")
	resp, err := d.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusSeeOther, resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusConflict:
		return ErrSignedOut
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("the screen's stream: %s", resp.Status)
	}
	return readEvents(resp.Body, show)
}

// readEvents reads server-sent events of which snapshots are shown.
func readEvents(r io.Reader, show func(Snapshot)) error {
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	var name string
	var data []string
	for s.Scan() {
		line := s.Text()
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "":
			if name == "signedout" {
				return ErrSignedOut
			}
			if name == "desk" {
				var snap Snapshot
				err := json.Unmarshal([]byte(strings.Join(data, "\n")), &snap)
				if err != nil {
					return fmt.Errorf("the screen's stream: %w", err)
				}
				show(snap)
			}
			name, data = "", nil
		case key == "event":
			name = value
		case key == "data":
			data = append(data, value)
		}
	}
	if s.Err() != nil {
		return s.Err()
	}
	return io.EOF
}

// Package carriers is the pages of the SIP trunks over which calls go out.
package carriers

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/catalog"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// Config is what the pages need.
type Config struct {
	Store    Store
	Statuses func(context.Context) ([]facts.SetStatus, error)
	Servers  func(context.Context) ([]dialer.Server, error) // those that carry calls
	Now      func() time.Time                               // the database's clock
	Zone     *time.Location
}

// Store keeps the carriers.
type Store interface {
	catalog.Store[facts.Trunk]
	// SetSecret gives a carrier another password; "" takes it away.
	SetSecret(ctx context.Context, by audit.By, key, secret string) error
	// Registrations are how the servers' registrations with a carrier stand.
	Registrations(ctx context.Context, carrier dialer.CarrierID) ([]facts.RegistrationLine, error)
	// PhonePlaces are the addresses from which phones come.
	PhonePlaces(ctx context.Context, now time.Time) ([]facts.PhonePlace, error)
}

// What dialer/asterisk takes into a file of Asterisk's.
var (
	nameForm     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$`)
	hostForm     = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9.-]{0,253}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])$`)
	accountForm  = regexp.MustCompile(`^[A-Za-z0-9_.+@-]{0,64}$`)
	passwordForm = regexp.MustCompile(`^[!#-:<=?-\[\]-~]{0,64}$`)
	prefixForm   = regexp.MustCompile(`^[0-9]{0,16}$`)
	lineForm     = regexp.MustCompile(`(?i)^(sip|cause)\s+([0-9]{1,3})\s*[=:]?\s*([A-Za-z0-9]{1,6})$`)
)

// New makes the pages.
func New(c Config) *catalog.Pages[facts.Trunk] {
	return catalog.New(catalog.Kind[facts.Trunk]{
		Path: "/carriers", Section: "carriers", Name: "Carriers", One: "carrier", A: "a carrier",
		Says:  "The trunks that carry calls. What is saved here reaches Asterisk within 10 seconds, without a restart; calls that are up go on.",
		Empty: "Enter the address that your carrier gave you: campaigns dial over it.",
		Key:   func(t facts.Trunk) string { return strconv.FormatInt(int64(t.ID), 10) },
		Title: func(t facts.Trunk) string { return t.Name },
		Columns: []catalog.Column[facts.Trunk]{
			{Name: "Carrier", Cell: func(t facts.Trunk) catalog.Cell { return catalog.Cell{Text: t.Name} }},
			{Name: "State", Cell: func(t facts.Trunk) catalog.Cell { return onOff(t.Active, "In use", "Switched off") }},
			{Name: "Address", Wide: true, Cell: func(t facts.Trunk) catalog.Cell {
				return catalog.Cell{Text: fmt.Sprintf("%s:%d", t.Host, t.Port)}
			}},
			{Name: "Registration", Cell: registration},
			{Name: "Prefix", Wide: true, Cell: func(t facts.Trunk) catalog.Cell { return catalog.Cell{Text: t.DialPrefix} }},
			{Name: "Campaigns", Wide: true, Cell: func(t facts.Trunk) catalog.Cell { return catalog.Cell{Text: t.Campaigns} }},
		},
		Fields: func(context.Context, bool) ([]ui.Field, error) {
			return []ui.Field{
				{Name: "name", Label: "Name", Help: "How campaigns and reports call it: letters, digits and dashes, such as north-1.", Needed: true, Mono: true},
				{Name: "host", Label: "Address", Help: "Name or IP address of the carrier's SIP server. Calls from there are taken for this carrier's.", Needed: true, Mono: true, Hint: "sip.example.com"},
				{Name: "port", Label: "Port", Help: "UDP port of the SIP server; 5060 unless your carrier says otherwise.", Kind: ui.Number},
				{Name: "auth_user", Label: "User name", Help: "Of the account that your carrier gave you. Empty: it knows you by your address.", Mono: true},
				{Name: "secret", Label: "Password", Help: "Of that account. It is never shown again; left empty, the one that is there stays.", Kind: ui.Password, Auto: "new-password"},
				{Name: "registers", Label: "Register", Help: "Tells the carrier every few minutes where you are; for carriers that ask for it.", Kind: ui.Check},
				{Name: "from_user", Label: "Name in From", Help: "For carriers that know you by it: usually the user name. The caller ID goes into P-Asserted-Identity in any case. Empty: the caller ID stands in From too.", Mono: true},
				{Name: "dial_prefix", Label: "Dial prefix", Help: "Digits that the carrier wants before the number, such as a tech prefix; usually none.", Mono: true},
				{Name: "active", Label: "In use", Help: "Switched off, Asterisk forgets it and its campaigns place no calls.", Kind: ui.Check},
				{Name: "outcomes", Label: "What its refusals mean", Help: "Where this carrier's codes mean something else than usual, one a line: SIP 603 = DNC, or cause 21 = CR. What is not listed is read as usual.", Kind: ui.Area, Mono: true, Hint: "SIP 603 = DNC"},
			}, nil
		},
		Named: "name",
		Fresh: facts.Trunk{Port: 5060, Active: true},
		Parse: func(f *form.Form, was facts.Trunk, _ bool) facts.Trunk {
			t := facts.Trunk{
				ID:         was.ID,
				Name:       f.Match("name", nameForm, "Enter up to 32 letters, digits, dots, dashes and underscores, such as north-1."),
				Host:       f.Match("host", hostForm, "Enter a name or an IP address, such as sip.example.com or 192.0.2.10."),
				Port:       f.Int("port", 1, 65535, ""),
				DialPrefix: f.Match("dial_prefix", prefixForm, "Enter digits only, at most 16, or nothing."),
				Active:     f.Bool("active"),
				Outcomes:   outcomes(f),
				AuthUser:   f.Match("auth_user", accountForm, "Enter up to 64 letters, digits, dots, dashes, underscores, + and @, or nothing."),
				FromUser:   f.Match("from_user", accountForm, "Enter up to 64 letters, digits, dots, dashes, underscores, + and @, or nothing."),
				Registers:  f.Bool("registers"),
				Secret:     f.Match("secret", passwordForm, "Up to 64 visible characters without blanks, quotes, semicolons, backslashes and > can be used. Ask your carrier for another password."),
				HasSecret:  was.HasSecret,
			}
			switch {
			case t.AuthUser == "" && t.Secret != "":
				f.Fail("auth_user", "A password needs the user name that it belongs to.")
			case t.AuthUser == "" && t.Registers:
				f.Fail("auth_user", "To register, the carrier's user name is needed.")
			case t.AuthUser != "" && t.Secret == "" && !was.HasSecret:
				f.Fail("secret", "Enter the password that belongs to the user name.")
			}
			return t
		},
		Check: func(ctx context.Context, _ dialer.User, f *form.Form, t facts.Trunk) error {
			all, err := c.Statuses(ctx)
			for line := range strings.Lines(t.Outcomes) {
				status := strings.Fields(line)[2]
				known := false
				for _, s := range all {
					known = known || string(s.Status) == status
				}
				if err == nil && !known {
					f.Fail("outcomes", "There is no status "+status+". Use one of those under Statuses, or make it first.")
				}
			}
			if err != nil {
				return err
			}
			return c.doubts(ctx, f, t)
		},
		Doubts: c.doubts,
		After: func(_ http.ResponseWriter, r *http.Request, key string, t facts.Trunk, fresh bool) (bool, error) {
			if fresh || t.AuthUser != "" && t.Secret == "" {
				return false, nil // it was stored with the rest, or stays
			}
			return false, c.Store.SetSecret(r.Context(), signin.By(r, c.Now()), key, t.Secret)
		},
		Beside: func(ctx context.Context, t facts.Trunk) (templ.Component, error) {
			if !t.Registers {
				return nil, nil
			}
			lines, err := c.Store.Registrations(ctx, t.ID)
			return registrations(t, lines, c.Zone), err
		},
		Deletes: func(t facts.Trunk) string {
			return "Asterisk forgets it within 10 seconds; calls that are up go on. Calls it has carried stay in the reports. A carrier that campaigns dial over is not deleted."
		},
	}, c.Store, c.Now, c.Zone)
}

// outcomes reads the lines and writes them as they are stored.
func outcomes(f *form.Form) string {
	var lines []string
	seen := map[string]bool{}
	for line := range strings.Lines(f.Area("outcomes", 4000)) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		m := lineForm.FindStringSubmatch(line)
		if m == nil {
			f.Fail("outcomes", fmt.Sprintf("“%s” cannot be read. Write SIP 603 = DNC, or cause 21 = CR.", short(line)))
			return ""
		}
		kind, code := "cause", number(m[2])
		if strings.EqualFold(m[1], "sip") {
			kind = "SIP"
		}
		switch {
		case kind == "SIP" && (code < 300 || code > 699):
			f.Fail("outcomes", fmt.Sprintf("SIP %d is no final refusal. Those are 300 to 699.", code))
			return ""
		case kind == "cause" && (code < 1 || code > 127):
			f.Fail("outcomes", fmt.Sprintf("Cause %d is no Q.850 cause. Those are 1 to 127.", code))
			return ""
		case seen[fmt.Sprint(kind, code)]:
			f.Fail("outcomes", fmt.Sprintf("%s %d stands here twice. Keep one of the lines.", kind, code))
			return ""
		}
		seen[fmt.Sprint(kind, code)] = true
		lines = append(lines, fmt.Sprintf("%s %d %s", kind, code, strings.ToUpper(m[3])))
	}
	return strings.Join(lines, "\n")
}

func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

func short(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

func onOff(on bool, yes, no string) catalog.Cell {
	if on {
		return catalog.Cell{Text: yes, State: "good"}
	}
	return catalog.Cell{Text: no, State: "paused"}
}

// registration is how the carrier's registrations stand, the worst first.
func registration(t facts.Trunk) catalog.Cell {
	switch {
	case !t.Registers || !t.Active:
		return catalog.Cell{Text: ""}
	case t.Registered == "":
		return catalog.Cell{Text: "Not yet", State: "watch"}
	}
	for _, one := range strings.Split(t.Registered, ", ") {
		if state, server, _ := strings.Cut(one, " "); state != "Registered" {
			return catalog.Cell{Text: stateWord(state) + " on " + server, State: "bad"}
		}
	}
	return catalog.Cell{Text: "Registered", State: "good"}
}

// stateWord puts Asterisk's word into ours.
func stateWord(state string) string {
	switch state {
	case "Registered":
		return "Registered"
	case "Rejected":
		return "Refused by the carrier"
	case "Stopped":
		return "Given up"
	}
	return "No answer yet"
}

func stateClass(state string) string {
	if state == "Registered" {
		return "good"
	}
	return "bad"
}

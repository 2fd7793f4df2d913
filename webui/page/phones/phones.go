// Package phones is the pages of the phones with which agents take calls.
package phones

import (
	"context"
	"regexp"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"trunkline/dialer"
	"trunkline/webui/catalog"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/ui"
)

// Config is what the pages need.
type Config struct {
	Store   catalog.Store[facts.SetPhone]
	Servers func(context.Context) ([]dialer.Server, error) // those that carry calls
	Users   func(context.Context) ([]facts.Account, error)
	Secret  func() string // makes a SIP password
	Now     func() time.Time
	Zone    *time.Location
}

// What dialer/asterisk takes into a file of Asterisk's.
var (
	loginForm   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$`)
	contactForm = regexp.MustCompile(`^(sip:[A-Za-z0-9_.+-]+@[A-Za-z0-9.:\[\]-]+)?$`)
)

var kinds = []ui.Choice{
	{Value: string(dialer.PhoneSIP), Name: "SIP phone that registers", Help: "A desk phone or a softphone; it is given the server, its name and its password."},
	{Value: string(dialer.PhoneWebRTC), Name: "Browser", Help: "The agent's page itself, over WebRTC. Every user has one already."},
	{Value: string(dialer.PhoneStatic), Name: "SIP phone at a fixed address", Help: "Rung where it is, without registering: for gateways and trusted networks only."},
}

// New makes the pages.
func New(c Config) *catalog.Pages[facts.SetPhone] {
	return catalog.New(catalog.Kind[facts.SetPhone]{
		Path: "/phones", Section: "phones", Name: "Phones", One: "phone", A: "a phone",
		Says:  "What rings when an agent signs in. What is saved here reaches Asterisk within 10 seconds, without a restart.",
		Empty: "Every user gets a phone in the browser by itself; add those on desks here.",
		Key:   func(p facts.SetPhone) string { return strconv.FormatInt(int64(p.ID), 10) },
		Title: func(p facts.SetPhone) string { return p.Login },
		Columns: []catalog.Column[facts.SetPhone]{
			{Name: "Phone", Cell: func(p facts.SetPhone) catalog.Cell { return catalog.Cell{Text: p.Login} }},
			{Name: "Kind", Cell: func(p facts.SetPhone) catalog.Cell { return catalog.Cell{Text: kindName(p.Kind)} }},
			{Name: "User", Cell: func(p facts.SetPhone) catalog.Cell { return catalog.Cell{Text: p.Username} }},
			{Name: "Server", Wide: true, Cell: func(p facts.SetPhone) catalog.Cell { return catalog.Cell{Text: p.Server} }},
			{Name: "Address", Wide: true, Cell: func(p facts.SetPhone) catalog.Cell { return catalog.Cell{Text: p.Contact} }},
		},
		Fields: func(ctx context.Context, _ bool) ([]ui.Field, error) {
			servers, err := c.servers(ctx)
			if err != nil {
				return nil, err
			}
			users, err := c.users(ctx)
			return []ui.Field{
				{Name: "login", Label: "Name", Help: "Its SIP user name, unlike all others on all servers, such as desk-1042.", Needed: true, Mono: true},
				{Name: "kind", Label: "Kind", Kind: ui.Radio, Choices: kinds},
				{Name: "server_id", Label: "Server", Help: "The telephony server that it belongs to.", Kind: ui.Select, Choices: servers},
				{Name: "user_id", Label: "User", Help: "Whose phone it is: it rings when that user signs in.", Kind: ui.Select, Choices: users},
				{Name: "contact", Label: "Fixed address", Help: "For a phone at a fixed address only: where it is rung.", Mono: true, Hint: "sip:100@192.0.2.20:5060"},
			}, err
		},
		Named: "login",
		Fresh: facts.SetPhone{Kind: dialer.PhoneSIP},
		Parse: func(f *form.Form, was facts.SetPhone, fresh bool) facts.SetPhone {
			p := facts.SetPhone{
				ID: was.ID, Secret: was.Secret,
				Login:    f.Match("login", loginForm, "Enter up to 32 letters, digits, dots, dashes and underscores, such as desk-1042."),
				Kind:     dialer.PhoneKind(f.Choice("kind", ui.Values(kinds)...)),
				ServerID: dialer.ServerID(number(f.Value("server_id"))),
				UserID:   dialer.UserID(number(f.Value("user_id"))),
				Contact:  f.Match("contact", contactForm, "Enter a SIP address, such as sip:100@192.0.2.20:5060, or nothing."),
			}
			switch {
			case p.Kind == dialer.PhoneStatic && p.Contact == "":
				f.Fail("contact", "A phone at a fixed address needs the address, such as sip:100@192.0.2.20:5060.")
			case p.Kind != dialer.PhoneStatic && p.Contact != "" && f.Error("contact") == "":
				f.Fail("contact", "This kind of phone says itself where it is. Leave the address empty.")
			}
			if fresh {
				p.Secret = c.Secret()
			}
			return p
		},
		Check: func(ctx context.Context, _ dialer.User, f *form.Form, p facts.SetPhone) error {
			servers, err := c.servers(ctx)
			if err != nil {
				return err
			}
			users, err := c.users(ctx)
			if !ui.Offers(servers, f.Value("server_id")) {
				f.Fail("server_id", "Choose one of the telephony servers.")
			}
			if !ui.Offers(users, f.Value("user_id")) {
				f.Fail("user_id", "Choose one of the users.")
			}
			return err
		},
		Deletes: func(p facts.SetPhone) string {
			return "Asterisk forgets it within 10 seconds, and it can no longer register."
		},
		Beside: func(ctx context.Context, p facts.SetPhone) (templ.Component, error) {
			servers, err := c.Servers(ctx)
			host := ""
			for _, s := range servers {
				if s.ID == p.ServerID {
					host = s.Name
				}
			}
			return account(p, host), err
		},
	}, c.Store, c.Now, c.Zone)
}

func (c Config) servers(ctx context.Context) ([]ui.Choice, error) {
	all, err := c.Servers(ctx)
	var choices []ui.Choice
	for _, s := range all {
		choices = append(choices, ui.Choice{Value: strconv.FormatInt(int64(s.ID), 10), Name: s.Name})
	}
	return choices, err
}

func (c Config) users(ctx context.Context) ([]ui.Choice, error) {
	all, err := c.Users(ctx)
	choices := []ui.Choice{{Value: "0", Name: "Nobody's"}}
	for _, u := range all {
		name := u.Username
		if u.FullName != "" {
			name = u.FullName + " (" + u.Username + ")"
		}
		choices = append(choices, ui.Choice{Value: strconv.FormatInt(int64(u.ID), 10), Name: name})
	}
	return choices, err
}

func kindName(k dialer.PhoneKind) string {
	for _, c := range kinds {
		if c.Value == string(k) {
			return c.Name
		}
	}
	return string(k)
}

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		return -1
	}
	return n
}

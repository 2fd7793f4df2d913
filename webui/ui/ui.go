// Package ui is the frame around every page: head, navigation, theme, and the
// pages that say that something went wrong.
package ui

import (
	"net/http"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/webui/assets"
	"trunkline/webui/signin"
)

// Frame is what a page's surroundings show.
type Frame struct {
	Title   string
	Theme   string // "light", "dark" or "" for the reader's own
	Section string // the entry of the navigation that is open
	User    dialer.User
	Version string
	Script  string   // name of the bundle that the page runs
	Flash   string   // what was done on the page before
	Open    []string // the groups of the navigation that the reader keeps open
}

// FrameOf is the frame for a request.
func FrameOf(r *http.Request, title, section, script string) Frame {
	f := Frame{Title: title, Section: section, Script: script, User: signin.User(r.Context()), Flash: flashOf(r)}
	if c, err := r.Cookie("theme"); err == nil && (c.Value == "light" || c.Value == "dark") {
		f.Theme = c.Value
	}
	f.Open = openAtFirst
	if c, err := r.Cookie("nav"); err == nil {
		f.Open = strings.FieldsFunc(c.Value, func(r rune) bool { return r == '.' })
	}
	return f
}

// AdminFrame is the frame of a page of the admin side; section is its entry of
// Nav.
func AdminFrame(r *http.Request, title, section string) Frame {
	return FrameOf(r, title, section, "admin.js")
}

// Name is how the user is called.
func (f Frame) Name() string {
	if f.User.FullName != "" {
		return f.User.FullName
	}
	return f.User.Username
}

// scriptURL is where the page's bundle is, or "".
func (f Frame) scriptURL() string { return assets.URL(f.Script) }

// Missing tells that the page wants a bundle that has not been built.
func (f Frame) Missing() bool { return f.Script != "" && f.scriptURL() == "" }

// Policy is the content security policy: everything from here, scripts and
// styles from files only. connect lists the other places that a page's scripts
// may talk to.
func Policy(connect ...string) string {
	p := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; " +
		"form-action 'self'; frame-ancestors 'none'; base-uri 'none'; connect-src 'self'"
	for _, c := range connect {
		p += " " + c
	}
	return p
}

// Home is where a role starts.
func Home(role dialer.Role) string {
	switch {
	case role.Has(dialer.RightRun):
		return "/campaigns"
	case role.Has(dialer.RightDesk):
		return "/desk"
	}
	return "/login"
}

func homeName(role dialer.Role) string {
	switch Home(role) {
	case "/campaigns":
		return "Go to the campaigns"
	case "/desk":
		return "Go to your desk"
	}
	return "Sign in"
}

// DayOf is when the day of now began in a zone.
func DayOf(now time.Time, zone *time.Location) time.Time {
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone).UTC()
}

// Asset is where a page finds a file beside its own bundle, or "" for a bundle
// that has not been built.
func Asset(name string) string { return assets.URL(name) }

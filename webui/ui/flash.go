package ui

import (
	"encoding/base64"
	"net/http"
	"unicode/utf8"
)

const flashCookie = "flash"

// Flash keeps a sentence for the page to which the answer leads: what was done,
// after a POST and its redirect.
func Flash(w http.ResponseWriter, sentence string) {
	if len(sentence) > 500 {
		sentence = sentence[:500]
	}
	http.SetCookie(w, &http.Cookie{
		Name: flashCookie, Value: base64.RawURLEncoding.EncodeToString([]byte(sentence)),
		Path: "/", MaxAge: 60, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}

// Done sends the browser to a page, which says what was done.
func Done(w http.ResponseWriter, r *http.Request, to, sentence string) error {
	if sentence != "" {
		Flash(w, sentence)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// flashOf is the sentence that waits for this page.
func flashOf(r *http.Request) string {
	c, err := r.Cookie(flashCookie)
	if err != nil {
		return ""
	}
	text, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || !utf8.Valid(text) {
		return ""
	}
	return string(text)
}

// unflash forgets the sentence: it has been said.
func unflash(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: flashCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

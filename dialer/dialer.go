// Package dialer holds the nouns of a contact-center dialer, their ids and the
// few kinds of error that cross package borders. It imports nothing of ours:
// every other package may speak its words.
package dialer

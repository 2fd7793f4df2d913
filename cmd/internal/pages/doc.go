// Package pages holds the tests of the admin pages as people meet them: on a real
// database, without scripts and in a real browser, in light and dark, by axe-core.
package pages

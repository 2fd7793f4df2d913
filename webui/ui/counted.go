package ui

import (
	"fmt"
	"time"
)

// Ago is how old something is, in words, for ages up to days.
func Ago(age time.Duration) string {
	switch {
	case age < 2*time.Second:
		return "just now"
	case age < 2*time.Minute:
		return fmt.Sprintf("%d seconds ago", int(age.Seconds()))
	case age < 2*time.Hour:
		return fmt.Sprintf("%d minutes ago", int(age.Minutes()))
	}
	return fmt.Sprintf("%d hours ago", int(age.Hours()))
}

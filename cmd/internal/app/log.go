package app

import (
	"io"
	"log/slog"
)

// NewLog makes the log of a process. format is "text" or "json".
func NewLog(w io.Writer, level slog.Level, format string) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

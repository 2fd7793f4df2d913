package mariadb

import (
	"context"

	"trunkline/dialer"
	"trunkline/dialer/keepalive"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

var (
	soundWAV     = queries.Get("sound-wav")
	soundEdition = queries.Get("sound-edition")
	soundFiles   = queries.Get("sound-files")
)

// Sounds keeps the sounds that campaigns play: for the pages, and for keepalive,
// which brings them to the telephony servers.
type Sounds struct {
	*Catalog[facts.Sound]
}

// NewSounds is the store on a database.
func NewSounds(db *DB) *Sounds {
	return &Sounds{catalog(db, "sound", false, func(s facts.Sound) string { return s.ID }, "It is played by %s. Choose another sound there first.")}
}

// WAV is a sound's file, or ErrNotFound.
func (s *Sounds) WAV(ctx context.Context, id string) ([]byte, error) {
	var wav []byte
	err := s.db.x.GetContext(ctx, &wav, soundWAV, id)
	return wav, kind(err)
}

// SoundEdition tells one state of the sounds from another.
func (s *Sounds) SoundEdition(ctx context.Context) (keepalive.SoundEdition, error) {
	var e keepalive.SoundEdition
	err := s.db.x.GetContext(ctx, &e, soundEdition)
	return e, kind(err)
}

// SoundFiles are the files that each telephony server is to have.
func (s *Sounds) SoundFiles(ctx context.Context) ([]dialer.SoundFile, error) {
	var all []dialer.SoundFile
	err := s.db.x.SelectContext(ctx, &all, soundFiles)
	return all, kind(err)
}

package facts

// Sound is what campaigns play to callers. Only its name ever changes.
type Sound struct {
	ID       string `db:"id" json:"id"`
	Name     string `db:"name" json:"name"`
	LengthMS int64  `db:"length_ms" json:"length_ms"`
	SHA256   string `db:"sha256" json:"sha256"`
	UsedBy   string `db:"used_by" json:"-"` // campaigns, "AUTUMN, WINTER"
	WAV      []byte `db:"wav" json:"-"`     // to create one; never read
}

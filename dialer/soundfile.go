package dialer

// SoundPrefix begins the name by which a setting means a sound of ours; any
// other name is one of Asterisk's own.
const SoundPrefix = "trunkline/"

// SoundsFolder is where the sounds of ours stand on a telephony server, below the
// folder of the configuration that we write.
const SoundsFolder = "sounds"

// SoundFile is a sound of ours as a file that every telephony server has.
type SoundFile struct {
	ID     string `db:"id"` // letters, digits and dashes; the file is ID.wav
	SHA256 string `db:"sha256"`
}

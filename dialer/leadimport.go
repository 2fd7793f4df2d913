package dialer

import "time"

// ImportID names an import.
type ImportID int64

// LeadFileID names a lead file that the database keeps.
type LeadFileID int64

// MaxLeadFile is the largest lead file that is taken, in bytes. Memory does not grow
// with it; but what is larger than this is more often the wrong file than a list
// of twelve million people.
const MaxLeadFile = 1 << 30

// ImportState is where an import of a lead file stands.
type ImportState string

// The states of an import. CHECKING and RUNNING have a process at work, which
// says so every few seconds; a state that nobody works on any more is taken up
// where it was left.
const (
	ImportNew      ImportState = "NEW"      // the file is here, its columns are being chosen
	ImportChecking ImportState = "CHECKING" // dry run: judged, nothing written
	ImportChecked  ImportState = "CHECKED"
	ImportRunning  ImportState = "RUNNING"
	ImportPaused   ImportState = "PAUSED"
	ImportDone     ImportState = "DONE"
	ImportFailed   ImportState = "FAILED" // Import.Problem says why; what was written stands
	ImportUndoing  ImportState = "UNDOING"
	ImportUndone   ImportState = "UNDONE"
)

// DuplicateScope is where an import looks for a number before it takes it for a
// new lead's.
type DuplicateScope string

// The scopes, each within the next.
const (
	DuplicatesKept     DuplicateScope = "none"     // every row becomes a lead
	DuplicatesFile     DuplicateScope = "file"     // the rows before it
	DuplicatesList     DuplicateScope = "list"     // the list
	DuplicatesCampaign DuplicateScope = "campaign" // all lists of the list's campaign
	DuplicatesSystem   DuplicateScope = "system"   // every list
)

// UpdateBy is by what a row is found to be about a lead that is known, and then
// brings it up to date.
type UpdateBy string

// What a lead is known by.
const (
	UpdateNothing  UpdateBy = ""                 // known leads stay as they are
	UpdateByNumber UpdateBy = "number"           // the lead with that number
	UpdateByCode   UpdateBy = "vendor_lead_code" // the lead with that vendor_lead_code, whose number may be another now
)

// ImportOptions say how a lead file is to be read and checked. The zero value
// reads the header, looks for duplicates in the list and leaves out numbers on a
// do-not-call list.
type ImportOptions struct {
	Country    string         `json:"country,omitempty"`    // ISO 3166 code of numbers that do not say theirs; "": US
	Columns    []string       `json:"columns,omitempty"`    // what each column is: a field's name, "custom:NAME", "phone:LABEL" or ""; nil: as the header says
	NoHeader   bool           `json:"no_header,omitempty"`  // the first row is a lead; needs Columns
	Encoding   string         `json:"encoding,omitempty"`   // UTF-8, UTF-16 or windows-1252; "": found out
	Delimiter  string         `json:"delimiter,omitempty"`  // one character; "": found out
	Known      DuplicateScope `json:"known,omitempty"`      // "": list
	KnownDays  int            `json:"known_days,omitempty"` // only leads of so many days count as known; 0: all
	Update     UpdateBy       `json:"update,omitempty"`     // known leads take over what stands in their row, empty values apart; their status and calls stay
	IgnoreDNC  bool           `json:"ignore_dnc,omitempty"` // numbers on a do-not-call list are taken all the same, and never dialed
	Past       bool           `json:"past,omitempty"`       // status, called_count and last_called_at of the file are taken by their names, as if chosen in Columns
	MaxRejects int            `json:"-"`                    // for tests: how many rejected rows are kept; 0: 100,000
}

// Import is the work of reading one lead file into one list.
type Import struct {
	ID        ImportID
	ListID    ListID
	UserID    UserID // 0: the command line
	State     ImportState
	FileName  string // as its owner calls it
	Host      string // the web server that took it; "": the command line's, whose owner has it
	File      LeadFileID
	Path      string // where Host keeps a file of a version before this one, until it is upgraded; "": it has none
	Bytes     int64
	Digest    [32]byte
	Options   ImportOptions
	Position  int // rows dealt with
	TotalRows int // 0: not counted yet
	Counts    ImportCounts
	Report    ImportReport
	Problem   string
	Holder    string // the process at work on it
	Epoch     int64  // grows with each process that takes it up; what an earlier one writes is refused
	BeatAt    *time.Time
	CreatedAt time.Time
	StartedAt *time.Time
	DoneAt    *time.Time
}

// ImportCounts add up to the rows dealt with.
type ImportCounts struct {
	Accepted   int `db:"accepted" json:"accepted"`
	Updated    int `db:"updated" json:"updated"`
	Rejected   int `db:"rejected" json:"rejected"`
	Duplicates int `db:"duplicates" json:"duplicates"`
	DNC        int `db:"dnc" json:"dnc"`
}

// Rows is their sum.
func (c ImportCounts) Rows() int { return c.Accepted + c.Updated + c.Rejected + c.Duplicates + c.DNC }

// ImportReport is what an import found out about its file.
type ImportReport struct {
	Encoding  string         `json:"encoding"`
	Delimiter string         `json:"delimiter"`
	Header    []string       `json:"header"`   // the first row, to head the file of rejects
	Columns   []string       `json:"columns"`  // fields that were found
	Ignored   []string       `json:"ignored"`  // columns that are no field of ours, or that nobody wanted
	Repeated  []string       `json:"repeated"` // columns of a field that another column gives
	Reasons   []ImportReason `json:"reasons"`
}

// ImportReason is how often a row was not taken as it stood, for one reason.
type ImportReason struct {
	Code  string `json:"code"`
	Kind  string `json:"kind"` // rejected, duplicate, dnc or note (taken all the same)
	What  string `json:"what"` // what is wrong, in a few words
	Do    string `json:"do"`   // what to do about it
	Rows  int    `json:"rows"`
	First int    `json:"first"` // row of the first
}

// ImportReject is a row that was not taken as it stood.
type ImportReject struct {
	Row    int    `db:"row_no"` // as a spreadsheet counts: the header is row 1
	Kind   string `db:"kind"`   // as in ImportReason
	Reason string `db:"reason"` // a sentence
	Record string `db:"record"` // the row, CSV
}

// The kinds of an ImportReason.
const (
	RejectedRow  = "rejected"
	DuplicateRow = "duplicate"
	DNCRow       = "dnc"
	NotedRow     = "note"
)

// ImportPreview is how the beginning of a lead file is understood.
type ImportPreview struct {
	Encoding  string
	Delimiter string
	NoHeader  bool // the first row seems to be a lead
	Columns   []ImportColumn
	Fields    []string // what a column may go to
	Rows      []ImportPreviewRow
	Problem   string // why it cannot be imported so, a sentence; "": it can
}

// ImportColumn is a column of a lead file.
type ImportColumn struct {
	Name   string // in the header, or A, B, C
	Sample string // the first value in it
	Field  string // where it goes: as in ImportOptions.Columns
}

// ImportPreviewRow is a row as it would be saved.
type ImportPreviewRow struct {
	Row    int
	E164   string
	Name   string
	Where  string // state and zones
	Reason string // why it would be rejected, or what would be changed in it
	Taken  bool
}

package leads

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"trunkline/dialer"
)

// awayFile is a file whose store goes away after so many readings.
type awayFile struct {
	*bytes.Reader
	after int
}

func (f *awayFile) ReadAt(p []byte, at int64) (int, error) {
	if f.after--; f.after < 0 {
		return 0, dialer.ErrUnavailable
	}
	return f.Reader.ReadAt(p, at)
}

// TestFileWhoseStoreIsAway: nothing is wrong with a file that cannot be read just
// now, and nobody is told to save it again.
func TestFileWhoseStoreIsAway(t *testing.T) {
	var sheet bytes.Buffer
	book := excelize.NewFile()
	if err := errors.Join(book.SetCellStr("Sheet1", "A1", "phone_number"), book.SetCellStr("Sheet1", "A2", "6145550171"), book.Write(&sheet)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"xlsx": sheet.Bytes(), "csv": []byte("phone_number\n6145550171\n")} {
		for after := range 100 {
			f := &awayFile{bytes.NewReader(text), after}
			_, err := Preview(f, dialer.ImportOptions{}, nil, time.Now())
			if f.after >= 0 {
				if err != nil || after == 0 {
					t.Errorf("%s: %v", name, err)
				}
				break
			}
			if !errors.Is(err, dialer.ErrUnavailable) {
				t.Errorf("%s, away after %d readings: %v", name, after, err)
			}
		}
	}
}

package leads

import (
	"errors"
	"strings"
	"testing"

	"trunkline/dialer"
)

func TestPreview(t *testing.T) {
	p, err := Preview(strings.NewReader("TEL1;FNAME;X\n212-234-0001;Ann;7\n4.15E+09;Bob;\n"), dialer.ImportOptions{}, nil, importNow)
	if err != nil || !strings.Contains(p.Problem, "names no column phone_number") || len(p.Columns) != 3 || p.Columns[1].Field != "first_name" || p.Columns[0].Sample != "212-234-0001" {
		t.Fatalf("%+v, %v", p, err)
	}
	p, err = Preview(strings.NewReader("TEL1;FNAME;X\n212-234-0001;Ann;7\n4.15E+09;Bob;\n"), dialer.ImportOptions{Columns: []string{"phone_number", "first_name", ""}}, nil, importNow)
	if err != nil || p.Problem != "" || len(p.Rows) != 2 || !p.Rows[0].Taken || p.Rows[0].E164 != "+12122340001" || p.Rows[1].Taken || p.Rows[1].Reason == "" {
		t.Errorf("%+v, %v", p, err)
	}
	p, err = Preview(strings.NewReader("2122340001,Ann\n2122340002,Bob\n"), dialer.ImportOptions{}, nil, importNow)
	if err != nil || !p.NoHeader || p.Columns[1].Name != "B" || p.Problem == "" {
		t.Errorf("without a header: %+v, %v", p, err)
	}
	p, err = Preview(strings.NewReader("phone_number,first_name\n\n,,\n"), dialer.ImportOptions{}, nil, importNow)
	if err != nil || !strings.Contains(p.Problem, "no row below it") || len(p.Columns) != 2 {
		t.Errorf("a heading only: %+v, %v", p, err)
	}
	p, err = Preview(strings.NewReader("2122340001,Ann\n"), dialer.ImportOptions{NoHeader: true, Columns: []string{"phone_number", "first_name"}}, nil, importNow)
	if err != nil || p.Problem != "" || len(p.Rows) != 1 {
		t.Errorf("one lead and no heading: %+v, %v", p, err)
	}
	var why *dialer.Problem
	if _, err = Preview(strings.NewReader(""), dialer.ImportOptions{}, nil, importNow); !errors.As(err, &why) {
		t.Errorf("empty: %v", err)
	}
}

package audit

import (
	"errors"
	"testing"

	"trunkline/dialer"
)

type record struct {
	Ring   int      `json:"ring"`
	Name   string   `json:"name"`
	Groups []string `json:"groups"`
	Secret string   `json:"-"`
}

func entry(t *testing.T, n int, who string, before, after record) Entry {
	t.Helper()
	b, err := FieldsOf(before)
	if err != nil {
		t.Fatal(err)
	}
	a, err := FieldsOf(after)
	if err != nil {
		t.Fatal(err)
	}
	e := Entry{N: n, Who: who}
	e.Before, e.After = Diff(b, a)
	return e
}

func TestTwoEditsComeTogether(t *testing.T) {
	base := record{22, "Autumn", []string{"a"}, "s"}
	other := record{26, "Autumn", []string{"a"}, "s"}
	for name, c := range map[string]struct {
		now    record
		since  []Entry
		typed  record
		want   record
		clash  string
		theirs string
	}{
		"nobody else": {now: base, typed: record{12, "Autumn", []string{"a"}, ""}, want: record{12, "Autumn", []string{"a"}, "s"}},
		"another field": {
			now: other, since: []Entry{entry(t, 3, "Omar", base, other)},
			typed: record{22, "Winter", []string{"a"}, ""}, want: record{26, "Winter", []string{"a"}, "s"},
		},
		"the same to the same": {now: other, since: []Entry{entry(t, 3, "Omar", base, other)}, typed: other, want: other},
		"the same to another":  {now: other, since: []Entry{entry(t, 3, "Omar", base, other)}, typed: record{12, "Autumn", []string{"a"}, ""}, clash: "ring", theirs: "26"},
		"there and back": {
			now: base, since: []Entry{entry(t, 3, "Omar", base, other), entry(t, 4, "Rosa", other, base)},
			typed: record{12, "Autumn", []string{"a"}, ""}, want: record{12, "Autumn", []string{"a"}, "s"},
		},
		"a list": {
			now:   record{22, "Autumn", []string{"a", "b"}, "s"},
			since: []Entry{entry(t, 3, "Omar", base, record{22, "Autumn", []string{"a", "b"}, "s"})},
			typed: record{22, "Autumn", []string{"c"}, ""}, clash: "groups", theirs: "a, b",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, clashes, err := Merge(c.now, c.since, nil, c.typed)
			switch {
			case err != nil:
				t.Fatal(err)
			case c.clash != "":
				if len(clashes) != 1 || clashes[0].Field != c.clash || Text(clashes[0].Theirs) != c.theirs || clashes[0].Entry.Who != "Omar" {
					t.Errorf("clashes %+v", clashes)
				}
			case len(clashes) != 0:
				t.Errorf("clashes %+v", clashes)
			case got.Ring != c.want.Ring || got.Name != c.want.Name || got.Secret != c.want.Secret || len(got.Groups) != len(c.want.Groups):
				t.Errorf("merged %+v", got)
			}
		})
	}
}

func TestSecretsStayOut(t *testing.T) {
	f, err := FieldsOf(record{Secret: "hush"})
	if err != nil || len(f) != 3 {
		t.Errorf("%v, %v", f.Names(), err)
	}
}

func TestAConflictIsOne(t *testing.T) {
	var err error = &Conflict{Clashes: []Clash{{Field: "ring"}}}
	if !errors.Is(err, dialer.ErrConflict) || err.Error() != "changed by somebody else meanwhile: [ring]" {
		t.Error(err)
	}
}

func TestTextIsForReaders(t *testing.T) {
	f := Fields{"a": []byte(`true`), "b": []byte(`1.50`), "c": []byte(`"x"`), "d": []byte(`null`), "e": []byte(`[1,"y"]`), "f": []byte(`{"where":[{"values":["TX","OK"],"field":"state"}],"any":true}`)}
	for name, want := range map[string]string{"a": "yes", "b": "1.50", "c": "x", "d": "", "e": "1, y", "f": "any: yes; where: (field: state; values: TX, OK)", "none": ""} {
		if got := f.Text(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	var scanned Fields
	if err := scanned.Scan([]byte(`1.5`)); err != nil || len(scanned) != 0 {
		t.Errorf("%v, %v", scanned, err)
	}
}

// A record that is a map stays as it was: it is the audit's "before".
func TestMapsAreNotShared(t *testing.T) {
	now := map[string]string{"ring": "22", "level": "1"}
	merged, clashes, err := Merge(now, nil, nil, map[string]string{"ring": "26"})
	if err != nil || len(clashes) != 0 || merged["ring"] != "26" || merged["level"] != "1" || now["ring"] != "22" {
		t.Errorf("%v became %v (%v, %v)", now, merged, clashes, err)
	}
}

// TestChangesWithoutEntries: what changed since the form was drawn and left no
// entry is told by what the form showed.
func TestChangesWithoutEntries(t *testing.T) {
	shown, err := FieldsOf(record{22, "Autumn", nil, ""})
	if err != nil {
		t.Fatal(err)
	}
	now := record{26, "Autumn", nil, "s"} // the ring was changed
	got, clashes, err := Merge(now, nil, shown, record{22, "Winter", nil, ""})
	if err != nil || len(clashes) != 0 || got.Ring != 26 || got.Name != "Winter" || got.Secret != "s" {
		t.Errorf("merged %+v, clashes %+v, %v", got, clashes, err)
	}
	_, clashes, err = Merge(now, nil, shown, record{30, "Autumn", nil, ""})
	if err != nil || len(clashes) != 1 || clashes[0].Field != "ring" || Text(clashes[0].Theirs) != "26" || clashes[0].Entry.N != 0 {
		t.Errorf("both changed it: clashes %+v, %v", clashes, err)
	}
}

package leads

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"trunkline/dialer"
)

// field is a column of a lead file that we know: VICIdial's standard fields.
type field struct {
	name string
	max  int  // characters that fit
	cut  bool // a longer value is cut and reported; else its row is refused, because a part of it would be another value
	set  func(*dialer.Lead, string)

	custom *dialer.CustomField // a field of the list's own
	phone  int                 // the lead's further number of this n
	label  string              // and what it is called
	asked  bool                // only where somebody chose it for the column
	past   bool                // or asked for what became of the leads elsewhere
}

var fields = []field{
	{name: "phone_number", max: 40, cut: false, set: func(l *dialer.Lead, v string) { l.PhoneNumber = v }}, // as it stands; made E.164 later
	{name: "phone_code", max: 10, cut: false, set: func(l *dialer.Lead, v string) { l.PhoneCode = v }},
	{name: "vendor_lead_code", max: 20, cut: false, set: func(l *dialer.Lead, v string) { l.VendorLeadCode = v }},
	{name: "source_id", max: 50, cut: false, set: func(l *dialer.Lead, v string) { l.SourceID = v }},
	{name: "title", max: 4, cut: true, set: func(l *dialer.Lead, v string) { l.Title = v }},
	{name: "first_name", max: 30, cut: true, set: func(l *dialer.Lead, v string) { l.FirstName = v }},
	{name: "middle_initial", max: 1, cut: true, set: func(l *dialer.Lead, v string) { l.MiddleInitial = v }},
	{name: "last_name", max: 30, cut: true, set: func(l *dialer.Lead, v string) { l.LastName = v }},
	{name: "address1", max: 100, cut: true, set: func(l *dialer.Lead, v string) { l.Address1 = v }},
	{name: "address2", max: 100, cut: true, set: func(l *dialer.Lead, v string) { l.Address2 = v }},
	{name: "address3", max: 100, cut: true, set: func(l *dialer.Lead, v string) { l.Address3 = v }},
	{name: "city", max: 50, cut: true, set: func(l *dialer.Lead, v string) { l.City = v }},
	{name: "state", max: 50, cut: false, set: func(l *dialer.Lead, v string) { l.State = v }}, // made an abbreviation later
	{name: "province", max: 50, cut: true, set: func(l *dialer.Lead, v string) { l.Province = v }},
	{name: "postal_code", max: 10, cut: false, set: func(l *dialer.Lead, v string) { l.PostalCode = v }},
	{name: "country_code", max: 3, cut: false, set: func(l *dialer.Lead, v string) { l.CountryCode = strings.ToUpper(v) }},
	{name: "gender", max: 1, cut: true, set: func(l *dialer.Lead, v string) { l.Gender = strings.ToUpper(v) }},
	{name: "date_of_birth", max: 30, cut: false, set: func(l *dialer.Lead, v string) { l.DateOfBirth = v }}, // made YYYY-MM-DD later
	{name: "alt_phone", max: 18, cut: false, set: func(l *dialer.Lead, v string) { l.AltPhone = v }},
	{name: "email", max: 70, cut: false, set: func(l *dialer.Lead, v string) { l.Email = v }},
	{name: "security_phrase", max: 100, cut: true, set: func(l *dialer.Lead, v string) { l.SecurityPhrase = v }},
	{name: "comments", max: 255, cut: true, set: func(l *dialer.Lead, v string) { l.Comments = v }},
	{name: "rank", max: 6, cut: false}, // a number
	{name: "verified_zone", max: 40},   // checked
	// An export says which list a lead was in; read into another list, its rows
	// must not go back there by themselves.
	{name: "list_id", max: 10, asked: true}, // a number
	// What another dialer made of the lead, for a list that is moved from there.
	{name: "status", max: 6, asked: true, past: true},          // one of ours
	{name: "called_count", max: 5, asked: true, past: true},    // a number
	{name: "last_called_at", max: 30, asked: true, past: true}, // a moment, UTC unless it says otherwise
	{name: "owner", max: 20, cut: false, set: func(l *dialer.Lead, v string) { l.Owner = v }},
}

// aliases are other people's names for our fields, folded as fold does.
var aliases = map[string]string{
	"phone": "phone_number", "phoneno": "phone_number", "telephone": "phone_number", "telephonenumber": "phone_number",
	"tel": "phone_number", "mobile": "phone_number", "mobilephone": "phone_number", "mobilenumber": "phone_number",
	"cell": "phone_number", "cellphone": "phone_number", "homephone": "phone_number", "primaryphone": "phone_number",
	"phone1": "phone_number", "number": "phone_number", "e164": "phone_number",
	"dialcode": "phone_code", "countrycallingcode": "phone_code", "callingcode": "phone_code",
	"vendorid": "vendor_lead_code", "vendorcode": "vendor_lead_code", "leadcode": "vendor_lead_code", "externalid": "vendor_lead_code",
	"source":     "source_id",
	"salutation": "title",
	"first":      "first_name", "fname": "first_name", "forename": "first_name", "givenname": "first_name",
	"middle": "middle_initial", "middlename": "middle_initial", "mi": "middle_initial",
	"last": "last_name", "lname": "last_name", "surname": "last_name", "familyname": "last_name",
	"address": "address1", "street": "address1", "streetaddress": "address1", "addressline1": "address1", "addressline2": "address2",
	"town": "city", "st": "state", "statecode": "state",
	"zip": "postal_code", "zipcode": "postal_code", "postcode": "postal_code",
	"country": "country_code", "sex": "gender",
	"dob": "date_of_birth", "birthdate": "date_of_birth", "birthday": "date_of_birth",
	"lastlocalcalltime": "last_called_at",
	"phone2":            "alt_phone", "alternatephone": "alt_phone", "otherphone": "alt_phone",
	"emailaddress": "email", "mail": "email",
	"comment": "comments", "note": "comments", "notes": "comments",
}

// fold makes names equal that differ by case, spaces and punctuation only.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" _-./#:\u00a0", r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// FieldNames are the standard fields that a column may go to.
func FieldNames() []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return names
}

// header says which column is which field.
type header struct {
	first    []string             // the first row, to head the file of rejects
	fields   []*field             // by column; nil: ignored
	ignored  []string             // columns that are no field of ours, or that nobody wanted
	repeated []string             // columns of a field that another column gives
	required []dialer.CustomField // of the list, each to be filled
	data     bool                 // the first row is a lead
}

func (h header) names() []string {
	var names []string
	for _, f := range h.fields {
		if f != nil {
			names = append(names, f.name)
		}
	}
	return names
}

// firstRow is the first row that is not empty.
func firstRow(s source) (row, error) {
	for {
		first, err := s.next()
		switch {
		case err == io.EOF:
			return row{}, dialer.Explain(nil, emptyFile)
		case err != nil:
			return row{}, err
		case first.problem.code != "":
			return row{}, dialer.Explain(nil, "The header row cannot be read: "+first.problem.sentence)
		case first.blank():
			continue
		}
		if n := len(first.values); n > maxColumns {
			return row{}, dialer.Explain(nil, fmt.Sprintf("The first row has %d columns; a lead file has up to %d. Leave out those that are not needed.", n, maxColumns))
		}
		return first, nil
	}
}

// readHeader reads the first row and finds the field of each column.
func readHeader(s source, o dialer.ImportOptions, custom []dialer.CustomField) (header, row, error) {
	first, err := firstRow(s)
	if err != nil {
		return header{}, row{}, err
	}
	h, err := mapHeader(first.values, o, custom)
	return h, first, err
}

func mapHeader(columns []string, o dialer.ImportOptions, custom []dialer.CustomField) (header, error) {
	h := header{first: slices.Clone(columns), data: o.NoHeader}
	for i := range custom {
		if custom[i].Required {
			h.required = append(h.required, custom[i])
		}
	}
	if o.Columns == nil {
		if o.NoHeader {
			return h, dialer.Explain(nil, "A file without a header row needs to be told what its columns are.")
		}
		h.byName(columns, custom, o.Past)
	} else if err := h.byChoice(columns, o.Columns, custom); err != nil {
		return h, err
	}
	if !slices.ContainsFunc(h.fields, func(f *field) bool { return f != nil && f.name == "phone_number" }) {
		if o.Columns != nil {
			return h, dialer.Explain(nil, "No column goes to phone_number: choose the one that holds the number to call.")
		}
		return h, dialer.Explain(nil, fmt.Sprintf("The first row names no column phone_number (or phone, telephone, mobile); it reads: %s.", firstNames(columns)))
	}
	return h, nil
}

func firstNames(columns []string) string {
	seen := slices.Clone(columns[:min(len(columns), 10)])
	for i := range seen {
		seen[i] = show(seen[i])
	}
	return strings.Join(seen, ", ")
}

// byName finds the fields by the names in the header.
func (h *header) byName(columns []string, custom []dialer.CustomField, past bool) {
	wanted := func(f *field) bool { return f != nil && (!f.asked || past && f.past) }
	h.fields = make([]*field, len(columns))
	taken := map[string]bool{}
	// Our own names first: a column "phone" beside "phone_number" is not it.
	for _, exact := range []bool{true, false} {
		for i, column := range columns {
			if h.fields[i] != nil {
				continue
			}
			if f := named(column, exact, custom); wanted(f) && !taken[f.name] {
				h.fields[i], taken[f.name] = f, true
			}
		}
	}
	for i, column := range columns {
		switch {
		case h.fields[i] != nil:
		case wanted(named(column, true, custom)), wanted(named(column, false, custom)):
			h.repeated = append(h.repeated, show(column))
		default:
			h.ignored = append(h.ignored, show(column))
		}
	}
}

// Past tells whether a column of that name says what became of the leads elsewhere,
// which is taken only where ImportOptions.Past asks for it.
func Past(column string) bool {
	f := cmp.Or(named(column, true, nil), named(column, false, nil))
	return f != nil && f.past
}

// named is the field that a column of that name is, or nil.
func named(column string, exact bool, custom []dialer.CustomField) *field {
	name := fold(column)
	if exact {
		// A list's own first: it may be older than a field of ours.
		for _, c := range custom {
			if fold(c.Name) == name || fold("custom:"+c.Name) == name {
				return customField(c)
			}
		}
		for i := range fields {
			if fold(fields[i].name) == name {
				return &fields[i]
			}
		}
		return nil
	}
	for i := range fields {
		if fields[i].name == aliases[name] {
			return &fields[i]
		}
	}
	for _, c := range custom {
		if fold(c.Label) == name {
			return customField(c)
		}
	}
	// altphone2, phone3 and on: numbers beyond alt_phone.
	for _, word := range []string{"altphone", "phone"} {
		if rest, ok := strings.CutPrefix(name, word); ok && len(rest) == 1 && '2' <= rest[0] && rest[0] <= '9' {
			return phoneField(int(rest[0]-'0'), show(column))
		}
	}
	return nil
}

func customField(c dialer.CustomField) *field {
	limit := 255
	if c.Type == dialer.CustomArea || c.Type == dialer.CustomMulti {
		limit = 4000
	}
	return &field{name: "custom:" + c.Name, max: limit, custom: &c}
}

// phoneField is a further number beyond alt_phone and address3, from n = 3 on.
func phoneField(n int, label string) *field {
	if r := []rune(label); len(r) > 20 {
		label = string(r[:20])
	}
	return &field{name: "phone:" + label, max: 40, phone: max(n, 3), label: label}
}

// noField says that a column cannot go where somebody chose, and where it can.
func noField(choice string, custom []dialer.CustomField) error {
	var own []string
	for _, c := range custom {
		own = append(own, "custom:"+c.Name)
	}
	if strings.HasPrefix(choice, "custom:") {
		if len(own) == 0 {
			return dialer.Explain(nil, fmt.Sprintf("There is no field %q: the list has none of its own yet. The page Custom fields makes them.", show(choice)))
		}
		return dialer.Explain(nil, fmt.Sprintf("There is no field %q. The list's own are: %s.", show(choice), strings.Join(own, ", ")))
	}
	return dialer.Explain(nil, fmt.Sprintf("There is no field %q to put a column in. Those there are: %s; phone:LABEL for a further number, - for none.", show(choice), strings.Join(append(FieldNames(), own...), ", ")))
}

// byChoice takes the fields that somebody chose for the columns.
func (h *header) byChoice(columns, choices []string, custom []dialer.CustomField) error {
	if len(choices) > len(columns) {
		return dialer.Explain(nil, fmt.Sprintf("The columns of %d fields were chosen, and the first row has %d.", len(choices), len(columns)))
	}
	h.fields = make([]*field, len(columns))
	taken := map[string]bool{}
	phones := 2
	for i, column := range columns {
		choice := ""
		if i < len(choices) {
			choice = strings.TrimSpace(choices[i])
		}
		var f *field
		switch label, phone := strings.CutPrefix(choice, "phone:"); {
		case choice == "" || choice == "-":
			h.ignored = append(h.ignored, show(column))
			continue
		case phone:
			phones++
			f = phoneField(phones, label)
		default:
			f = named(choice, true, custom)
		}
		if f == nil {
			return noField(choice, custom)
		}
		if taken[f.name] {
			return dialer.Explain(nil, fmt.Sprintf("Two columns go to %s; choose one.", f.name))
		}
		h.fields[i], taken[f.name] = f, true
	}
	return nil
}

// show makes a value of the file fit for a sentence: short, and without line
// breaks.
func show(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

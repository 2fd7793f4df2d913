package hopper

import (
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
}

var fields = []field{
	{"phone_number", 40, false, func(l *dialer.Lead, v string) { l.PhoneNumber = v }}, // as it stands; made E.164 later
	{"phone_code", 10, false, func(l *dialer.Lead, v string) { l.PhoneCode = v }},
	{"vendor_lead_code", 20, false, func(l *dialer.Lead, v string) { l.VendorLeadCode = v }},
	{"source_id", 50, false, func(l *dialer.Lead, v string) { l.SourceID = v }},
	{"title", 4, true, func(l *dialer.Lead, v string) { l.Title = v }},
	{"first_name", 30, true, func(l *dialer.Lead, v string) { l.FirstName = v }},
	{"middle_initial", 1, true, func(l *dialer.Lead, v string) { l.MiddleInitial = v }},
	{"last_name", 30, true, func(l *dialer.Lead, v string) { l.LastName = v }},
	{"address1", 100, true, func(l *dialer.Lead, v string) { l.Address1 = v }},
	{"address2", 100, true, func(l *dialer.Lead, v string) { l.Address2 = v }},
	{"address3", 100, true, func(l *dialer.Lead, v string) { l.Address3 = v }},
	{"city", 50, true, func(l *dialer.Lead, v string) { l.City = v }},
	{"state", 50, false, func(l *dialer.Lead, v string) { l.State = v }}, // made an abbreviation later
	{"province", 50, true, func(l *dialer.Lead, v string) { l.Province = v }},
	{"postal_code", 10, false, func(l *dialer.Lead, v string) { l.PostalCode = v }},
	{"country_code", 3, false, func(l *dialer.Lead, v string) { l.CountryCode = strings.ToUpper(v) }},
	{"gender", 1, true, func(l *dialer.Lead, v string) { l.Gender = strings.ToUpper(v) }},
	{"date_of_birth", 30, false, func(l *dialer.Lead, v string) { l.DateOfBirth = v }}, // made YYYY-MM-DD later
	{"alt_phone", 18, false, func(l *dialer.Lead, v string) { l.AltPhone = v }},
	{"email", 70, false, func(l *dialer.Lead, v string) { l.Email = v }},
	{"security_phrase", 100, true, func(l *dialer.Lead, v string) { l.SecurityPhrase = v }},
	{"comments", 255, true, func(l *dialer.Lead, v string) { l.Comments = v }},
	{"rank", 6, false, nil}, // a number
	{"owner", 20, false, func(l *dialer.Lead, v string) { l.Owner = v }},
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
	"phone2": "alt_phone", "alternatephone": "alt_phone", "otherphone": "alt_phone",
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

// header says which column is which field.
type header struct {
	fields    []*field // by column; nil: ignored
	ignored   []string // columns that are no field of ours
	repeated  []string // columns of a field that another column gives
	delimiter byte
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

// readHeader reads the first row that is not empty and sets the delimiter of the
// rows after it.
func readHeader(r *rows) (header, error) {
	for {
		line, err := r.lines.next()
		switch {
		case err == io.EOF:
			return header{}, dialer.Explain(nil, emptyFile)
		case err == errLongLine:
			return header{}, dialer.Explain(nil, fmt.Sprintf("The first row is longer than %d kB: this is not a lead file.", maxLine>>10))
		case err != nil:
			return header{}, err
		}
		r.delimiter = sniff(line)
		if strings.Trim(line, ` "`+string(r.delimiter)) == "" {
			r.number++
			continue
		}
		r.lines.unread([]string{line})
		first, err := r.next()
		if err != nil {
			return header{}, err
		}
		if first.problem != "" {
			return header{}, dialer.Explain(nil, "The header row cannot be read: "+first.problem)
		}
		return mapHeader(first.values, r.delimiter)
	}
}

func mapHeader(columns []string, delimiter byte) (header, error) {
	h := header{fields: make([]*field, len(columns)), delimiter: delimiter}
	taken := map[string]bool{}
	// Our own names first: a column "phone" beside "phone_number" is not it.
	for _, exact := range []bool{true, false} {
		for i, column := range columns {
			if h.fields[i] != nil {
				continue
			}
			for j := range fields {
				f := &fields[j]
				matches := fold(column) == fold(f.name)
				if !exact {
					matches = aliases[fold(column)] == f.name
				}
				if matches && !taken[f.name] {
					h.fields[i], taken[f.name] = f, true
				}
			}
		}
	}
	for i, column := range columns {
		switch {
		case h.fields[i] != nil:
		case slices.ContainsFunc(fields, func(f field) bool { return fold(column) == fold(f.name) }), aliases[fold(column)] != "":
			h.repeated = append(h.repeated, show(column))
		default:
			h.ignored = append(h.ignored, show(column))
		}
	}
	if !taken["phone_number"] {
		seen := slices.Clone(columns)
		for i := range seen {
			seen[i] = show(seen[i])
		}
		return header{}, dialer.Explain(nil, fmt.Sprintf("The first row names no column phone_number (or phone, telephone, mobile); it reads: %s.",
			strings.Join(seen[:min(len(seen), 10)], ", ")))
	}
	return h, nil
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

// Package leads is what becomes of a lead outside of the dialing: lead files come
// in (Import, run as jobs by Runner) and go out (Export), custom fields are
// checked, callbacks kept. What a lead's calling hours hang on, its zone set, is
// worked out here.
package leads

import (
	"trunkline/dialer"
	"trunkline/dialer/compliance"
)

// NewLead is a lead on its way into a list.
type NewLead struct {
	dialer.Lead
	Set          compliance.ZoneSet
	VerifiedZone string
	Phones       []Phone           // further numbers
	Custom       map[string]string // custom fields by name
}

// Phone is a further number of a lead.
type Phone struct {
	N           int // 1: alt_phone, 2: address3, 3 and on: others
	Label       string
	E164        string
	PhoneCode   string
	PhoneNumber string
	Set         compliance.ZoneSet
}

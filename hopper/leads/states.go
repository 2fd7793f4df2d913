package leads

import "strings"

// abbreviation is the two letters of a state or province: those given, or those
// of the US state or Canadian province of that name.
func abbreviation(state string) (string, bool) {
	state = strings.ToUpper(strings.TrimSpace(state))
	if len(state) <= 2 {
		return state, true
	}
	short, ok := stateNames[fold(state)]
	return short, ok
}

// stateNames are the names, folded, of those places whose hours may differ.
var stateNames = func() map[string]string {
	names := map[string]string{}
	for line := range strings.Lines(`AL Alabama
AK Alaska
AZ Arizona
AR Arkansas
CA California
CO Colorado
CT Connecticut
DE Delaware
DC District of Columbia
FL Florida
GA Georgia
HI Hawaii
ID Idaho
IL Illinois
IN Indiana
IA Iowa
KS Kansas
KY Kentucky
LA Louisiana
ME Maine
MD Maryland
MA Massachusetts
MI Michigan
MN Minnesota
MS Mississippi
MO Missouri
MT Montana
NE Nebraska
NV Nevada
NH New Hampshire
NJ New Jersey
NM New Mexico
NY New York
NC North Carolina
ND North Dakota
OH Ohio
OK Oklahoma
OR Oregon
PA Pennsylvania
RI Rhode Island
SC South Carolina
SD South Dakota
TN Tennessee
TX Texas
UT Utah
VT Vermont
VA Virginia
WA Washington
WV West Virginia
WI Wisconsin
WY Wyoming
AS American Samoa
GU Guam
MP Northern Mariana Islands
PR Puerto Rico
VI Virgin Islands
AB Alberta
BC British Columbia
MB Manitoba
NB New Brunswick
NL Newfoundland and Labrador
NS Nova Scotia
NT Northwest Territories
NU Nunavut
ON Ontario
PE Prince Edward Island
QC Quebec
SK Saskatchewan
YT Yukon
`) {
		short, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		names[fold(name)] = short
	}
	return names
}()

package demo

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
)

// places is a line an area code: code, city, state, first three digits of its
// postal codes.
//
//go:embed places.tsv
var places string

var (
	firstNames = strings.Fields(`James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara
		Richard Susan Joseph Jessica Thomas Karen Carlos Sarah Daniel Nancy Matthew Lisa Anthony Sandra Mark Ashley
		Steven Emily Paul Kimberly Andrew Donna Joshua Michelle Kenneth Carol Kevin Amanda Brian Melissa Jorge Deborah
		Timothy Stephanie Ronald Rebecca Jason Sharon Edward Laura Jeffrey Cynthia Ryan Dorothy Jacob Amy Gary Kathleen
		Wei Aisha Nicholas Angela Eric Ines Jonathan Priya Stephen Fatima Larry Yuki Justin Olga Scott Lucia`)
	lastNames = strings.Fields(`Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez
		Lopez Gonzalez Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark
		Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker
		Hall Rivera Campbell Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes
		Stewart Morris Morales Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos
		Kim Cox Ward Richardson Watson Brooks Chavez Wood Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo`)
	streets = strings.Fields(`Oak Maple Cedar Elm Washington Lake Hill Walnut Spring North Ridge Church Willow Mill
		Sunset Railroad Jackson Highland Forest River Meadow Park Broadway Madison Chestnut Franklin`)
	streetKinds = []string{"St", "Ave", "Rd", "Dr", "Ln", "Ct"}
)

// AreaCodes are those of the people in LeadFile.
func AreaCodes() []string {
	var all []string
	for line := range strings.Lines(places) {
		code, _, _ := strings.Cut(line, "\t")
		all = append(all, code)
	}
	return all
}

// LeadFile is a CSV of people who do not exist: their numbers, NPA-555-0150 to
// 0199, are among those kept for fiction, and end in the digits to which the
// simulated carrier answers with its mix. It is the same at every call.
func LeadFile() []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(strings.Split("vendor_lead_code,first_name,last_name,phone_number,address1,city,state,postal_code,country_code,email,comments", ","))
	lines := strings.Split(strings.TrimSpace(places), "\n")
	n := 0
	// Area codes change fastest, so that a few calls go all over the country.
	for last := 50; last < 100; last++ {
		for _, line := range lines {
			f := strings.Split(line, "\t")
			first := firstNames[n*7%len(firstNames)]
			name := lastNames[n*31%len(lastNames)]
			address := fmt.Sprintf("%d %s %s", 100+n*37%9800, streets[n*11%len(streets)], streetKinds[n*5%len(streetKinds)])
			comment := ""
			if n%9 == 0 {
				comment = "Asked for a quote in spring"
			}
			_ = w.Write([]string{
				"E" + strconv.Itoa(10000+n), first, name, fmt.Sprintf("%s55501%d", f[0], last), address,
				f[1], f[2], fmt.Sprintf("%s%02d", f[3], n*13%100), "USA",
				strings.ToLower(first + "." + name + strconv.Itoa(n%100) + "@example.com"), comment,
			})
			n++
		}
	}
	w.Flush() // a buffer takes everything
	return b.Bytes()
}

// personName is a name for a simulated agent.
func personName(i int) string {
	return firstNames[(i*13+5)%len(firstNames)] + " " + lastNames[(i*17+40)%len(lastNames)]
}

package hopperbench

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// What is claimed of the hopper. The census of a million leads is to take less
// than a second, with a filter and without, and where a call time closes a large
// state.
const (
	claimLeads   = 1_000_000
	claimExplain = 1000.0 // ms
	claimFill    = 100.0  // ms
	claimGrowth  = 1.5    // times what a fill from the smallest list takes
	claimAtOnce  = 2000.0 // ms, 20 campaigns
	claimClaims  = 5000   // a second
	claimImport  = 20_000 // rows a second
)

// broken says which of what is claimed does not hold; nil: all does.
func (f Figures) broken() error {
	var errs []error
	for what, by := range map[string]map[string]float64{"": f.Explain, " with a filter": f.Filtered, " where a state is closed": f.Closed} {
		for leads, ms := range by {
			if n, _ := strconv.Atoi(leads); n <= claimLeads && ms >= claimExplain {
				errs = append(errs, fmt.Errorf("the census of %s leads%s took %.0f ms, and is to take less than %.0f", leads, what, ms, claimExplain))
			}
		}
	}
	for order, by := range f.Orders {
		least := slices.MinFunc(slices.Collect(maps.Keys(by)), func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
		for leads, ms := range by {
			if ms > claimFill {
				errs = append(errs, fmt.Errorf("filling from %s leads by %s took %.0f ms, and is to take at most %.0f", leads, order, ms, claimFill))
			}
			if ms > claimGrowth*by[least] {
				errs = append(errs, fmt.Errorf("filling from %s leads by %s took %.2f of what it takes from %s, and is to take at most %.1f", leads, order, ms/by[least], least, claimGrowth))
			}
		}
	}
	if f.Campaigns20 > claimAtOnce {
		errs = append(errs, fmt.Errorf("20 campaigns at once took %.0f ms, and are to take at most %.0f", f.Campaigns20, claimAtOnce))
	}
	if f.ClaimsPerS < claimClaims {
		errs = append(errs, fmt.Errorf("%d leads were claimed a second, and at least %d are to be", int(f.ClaimsPerS), claimClaims))
	}
	if f.ImportRate < claimImport {
		errs = append(errs, fmt.Errorf("%d rows were imported a second, and at least %d are to be", int(f.ImportRate), claimImport))
	}
	if f.Double > 0 {
		errs = append(errs, fmt.Errorf("%d leads were claimed twice", f.Double))
	}
	return errors.Join(errs...)
}

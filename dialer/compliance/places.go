package compliance

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// PlacesHash changes when the rules in use name other places with calling hours
// of their own. Zone sets name no others; so those that were made by other places
// have to be made again.
func PlacesHash() string {
	hash := sha256.Sum256([]byte(strings.Join(slices.Sorted(maps.Keys(current().hours)), " ")))
	return hex.EncodeToString(hash[:])
}

package signin

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"time"

	"trunkline/webui/facts"
)

// Tries counts, for all web servers together, how often something was tried.
type Tries interface {
	// Take takes one of the tries that a limit leaves to what; more than 0: there
	// is none for so long.
	Take(ctx context.Context, what [32]byte, l facts.Limit) (wait time.Duration, err error)
	// Return gives one try back.
	Return(ctx context.Context, what [32]byte, l facts.Limit) error
	// Forgive gives all tries back.
	Forgive(ctx context.Context, what [32]byte) error
	// Purge deletes what has all its tries back, so that a flood of names keeps
	// room for as long as it lasts.
	Purge(ctx context.Context) error
}

var (
	// perUser bounds what one address tries with one user, and the second step's
	// codes of a user.
	perUser = facts.Limit{Burst: 6, Every: 20 * time.Second}
	// perAddress bounds one address over all names: a whole floor of agents
	// behind one router signs in at nine o'clock.
	perAddress = facts.Limit{Burst: 1000, Every: 500 * time.Millisecond}
	// perToken bounds what a token asks. It is one statement for each request, and
	// no share of the limit that a web server would hold for itself: at twenty a
	// second a token's row is never hot, and each request reads the token's own
	// row anyway.
	perToken = facts.Limit{Burst: 60, Every: time.Second / 20}
	// wrongTokens bounds the tokens that an address sends and that do not work.
	wrongTokens = facts.Limit{Burst: 20, Every: 3 * time.Second}
)

// what is the name under which tries are counted: of one length, whatever was
// typed.
func what(kind string, who ...string) [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%s %q", kind, who))
}

// from is whom an address stands for: of IPv6 the network, since a host takes any
// of the 2^64 addresses in its own (RFC 4291, 2.5.4).
func from(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil || a.Unmap().Is4() {
		return ip
	}
	net, err := a.WithZone("").Prefix(64)
	if err != nil {
		return ip
	}
	return net.String()
}

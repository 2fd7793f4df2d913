package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// unanswered says why nobody answered at an address, in words that lead to the cure:
// a port that nothing has is another fault than a firewall that drops.
func unanswered(err error) string {
	var slow net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection is refused, so nothing listens there"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "no way leads there, so that host is off or the network between"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return "nothing comes back, so a firewall drops it, or that host or its service hangs"
	}
	if away := new(net.OpError); errors.As(err, &away) { // whose address is said already
		return away.Err.Error()
	}
	return fmt.Sprint(err)
}

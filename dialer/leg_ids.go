package dialer

import (
	"strconv"
	"strings"
)

// Legs beside the customer's and the agent's have ids of ours as well:
//
//	tl-t-CALL-N      the N-th third party of a call
//	tl-x-CALL        the bridge of a call that goes on without its agent
//	tl-s-WATCH-LEG   a supervisor's phone
//	tl-n-WATCH-N     the snoop channel through which a supervisor hears an agent
//	tl-w-WATCH       the bridge of both
const (
	thirdPrefix       = "tl-t-"
	callBridgePrefix  = "tl-x-"
	watcherPrefix     = "tl-s-"
	snoopPrefix       = "tl-n-"
	watchBridgePrefix = "tl-w-"
)

// WatchID is one supervisor's ear at one agent.
type WatchID int64

// ThirdID is a call's third party: the N-th that was dialed.
type ThirdID struct {
	Call CallID
	N    int
}

// Channel is the channel id of a third party's leg.
func (id ThirdID) Channel() string {
	return thirdPrefix + id.Call.String() + "-" + strconv.Itoa(id.N)
}

// ThirdOfChannel is the third party whose leg the channel is.
func ThirdOfChannel(channel string) (ThirdID, bool) {
	call, n, ok := twoNumbers(thirdPrefix, channel)
	return ThirdID{CallID(call), int(n)}, ok
}

// Bridge is the bridge of a call that goes on without its agent.
func (id CallID) Bridge() string { return callBridgePrefix + id.String() }

// CallOfBridge is the call whose own bridge it is.
func CallOfBridge(bridge string) (CallID, bool) {
	n, ok := numberAfter(callBridgePrefix, bridge)
	return CallID(n), ok
}

// String is the id in decimal.
func (id WatchID) String() string { return strconv.FormatInt(int64(id), 10) }

// Channel is the channel id of a supervisor's phone; leg tells the phones of
// one watch apart.
func (id WatchID) Channel(leg int64) string {
	return watcherPrefix + id.String() + "-" + strconv.FormatInt(leg, 10)
}

// Snoop is the channel id of a watch's n-th snoop.
func (id WatchID) Snoop(n int) string { return snoopPrefix + id.String() + "-" + strconv.Itoa(n) }

// Bridge is the bridge in which a supervisor hears the snoop.
func (id WatchID) Bridge() string { return watchBridgePrefix + id.String() }

// WatchOfChannel is the watch whose phone or snoop the channel is.
func WatchOfChannel(channel string) (id WatchID, snoop, ok bool) {
	n, _, ok := twoNumbers(watcherPrefix, channel)
	if !ok {
		n, _, snoop = twoNumbers(snoopPrefix, channel)
		ok = snoop
	}
	return WatchID(n), snoop, ok
}

// WatchOfBridge is the watch whose bridge it is.
func WatchOfBridge(bridge string) (WatchID, bool) {
	n, ok := numberAfter(watchBridgePrefix, bridge)
	return WatchID(n), ok
}

func twoNumbers(prefix, s string) (a, b int64, ok bool) {
	first, second, ok := strings.Cut(strings.TrimPrefix(s, prefix), "-")
	if !ok || !strings.HasPrefix(s, prefix) {
		return 0, 0, false
	}
	a, err := strconv.ParseInt(first, 10, 64)
	if err != nil {
		return 0, 0, false
	}
	b, err = strconv.ParseInt(second, 10, 64)
	return a, b, err == nil
}

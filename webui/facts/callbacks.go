package facts

import (
	"time"

	"trunkline/dialer"
)

// SetCallback is a promised call as the admin pages change one.
type SetCallback struct {
	Due      string              `json:"due"` // by the customer's clock, as CallbackTime
	Kind     dialer.CallbackKind `json:"kind"`
	User     dialer.UserID       `json:"user"` // 0: nobody in particular
	Comments string              `json:"comments"`
}

// CallbackTime is how a callback's day and time are written.
const CallbackTime = "2006-01-02 15:04"

// CallbackOf is a callback as it is changed.
func CallbackOf(c dialer.Callback) SetCallback {
	return SetCallback{c.DueAt.In(callbackZone(c.Zone)).Format(CallbackTime), c.Kind, c.UserID, c.Comments}
}

// Time is when it is due, in the customer's zone.
func (s SetCallback) Time(zone string) (time.Time, error) {
	at, err := time.ParseInLocation(CallbackTime, s.Due, callbackZone(zone))
	return at.UTC(), err
}

// callbackZone is a zone, or UTC for what is none.
func callbackZone(name string) *time.Location {
	if zone, err := time.LoadLocation(name); err == nil {
		return zone
	}
	return time.UTC
}

package asterisk

import (
	"encoding/json"
	"strconv"

	"trunkline/ami"
	"trunkline/dialer"
)

// The headers of a click on its way from the web role to listen. With all of
// them listen need not read the intent's row.
const (
	carriedID      = "Intent"
	carriedSession = "Session"
	carriedKind    = "Kind"
	carriedArgs    = "Args" // JSON
)

// longestCarried keeps a header well below the 1024 bytes that Asterisk reads of
// a line.
const longestCarried = 512

// carry is what the user event of an intent says. What is personal (a number, the
// digits of a card perhaps, a note on a customer) does not go by AMI, where every
// client that hears user events would hear it: listen reads it from the row.
func carry(in dialer.Intent) map[string]string {
	headers := map[string]string{carriedID: strconv.FormatInt(int64(in.ID), 10)}
	if a := in.Args; a.Comments != "" || a.Callback != nil || a.Number != "" || a.Digits != "" {
		return headers
	}
	args, err := json.Marshal(in.Args)
	if err != nil || len(args) > longestCarried {
		return headers
	}
	headers[carriedSession] = in.SessionID.String()
	headers[carriedKind], headers[carriedArgs] = string(in.Kind), string(args)
	return headers
}

// carried is the intent that a user event brings whole; false: its row is to be
// read.
func carried(e ami.Event) (dialer.Intent, bool) {
	id, err := strconv.ParseInt(e.Get(carriedID), 10, 64)
	if err != nil || id <= 0 || e.Get(carriedKind) == "" {
		return dialer.Intent{}, false
	}
	session, err := strconv.ParseInt(e.Get(carriedSession), 10, 64)
	if err != nil {
		return dialer.Intent{}, false
	}
	in := dialer.Intent{
		ID: dialer.IntentID(id), SessionID: dialer.SessionID(session), Kind: dialer.IntentKind(e.Get(carriedKind)),
	}
	err = json.Unmarshal([]byte(e.Get(carriedArgs)), &in.Args)
	return in, err == nil
}

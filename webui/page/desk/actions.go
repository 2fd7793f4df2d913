package desk

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"trunkline/dialer"
	"trunkline/webui/facts"
)

// serve is a handler that leaves its errors to the caller.
type serve = func(http.ResponseWriter, *http.Request) error

// Plain serves a click that needs nothing more than its agent.
func (h *Handler) Plain(kind dialer.IntentKind) serve {
	return func(w http.ResponseWriter, r *http.Request) error { return h.ask(w, r, kind, nil) }
}

// OnCall serves a click about the call on the line.
func (h *Handler) OnCall(kind dialer.IntentKind) serve {
	return func(w http.ResponseWriter, r *http.Request) error { return h.ask(w, r, kind, onCall(r)) }
}

// Digits serves POST /desk/digits: tones to the customer's line, for phones
// without keys. The page's own phone sends them itself.
func (h *Handler) Digits(w http.ResponseWriter, r *http.Request) error {
	return h.ask(w, r, dialer.IntentDigits, func(shift facts.Shift, args *dialer.IntentArgs) error {
		args.Digits = r.PostFormValue("digits")
		if args.Digits == "" || len(args.Digits) > 32 || strings.Trim(args.Digits, "0123456789*#") != "" {
			return dialer.Explain(nil, "Only 0 to 9, * and # can be sent, 32 at a time.")
		}
		return onCall(r)(shift, args)
	})
}

// Dial serves POST /desk/dial: the form's number, or without one the lead that
// is previewed.
func (h *Handler) Dial(w http.ResponseWriter, r *http.Request) error {
	return h.ask(w, r, dialer.IntentDial, func(shift facts.Shift, args *dialer.IntentArgs) error {
		if strings.TrimSpace(r.PostFormValue("number")) != "" {
			return number(r, args)
		}
		if shift.Session.PreviewID == 0 {
			return dialer.Explain(nil, "Type a number, or ask for the next lead.")
		}
		return nil
	})
}

// Third serves a click that dials a third party during a call.
func (h *Handler) Third(kind dialer.IntentKind) serve {
	return func(w http.ResponseWriter, r *http.Request) error {
		return h.ask(w, r, kind, func(shift facts.Shift, args *dialer.IntentArgs) error {
			if err := onCall(r)(shift, args); err != nil {
				return err
			}
			return number(r, args)
		})
	}
}

// TakeBack serves POST /desk/takeback: a parked call, whoever parked it.
func (h *Handler) TakeBack(w http.ResponseWriter, r *http.Request) error {
	return h.ask(w, r, dialer.IntentTake, func(_ facts.Shift, args *dialer.IntentArgs) error {
		n, err := strconv.ParseInt(r.PostFormValue("call"), 10, 64)
		if err != nil || n <= 0 {
			return dialer.Explain(nil, "Choose a parked call from the list.")
		}
		args.CallID = dialer.CallID(n)
		return nil
	})
}

// numberMost is far more than a number with its punctuation has.
const numberMost = 40

// number takes the form's number as people write it; without a country's code
// it is taken as one of North America.
func number(r *http.Request, args *dialer.IntentArgs) error {
	given := strings.TrimSpace(r.PostFormValue("number"))
	if len(given) > numberMost || strings.Trim(given, "+0123456789 ()-./") != "" {
		return dialer.Explain(nil, "That is no phone number. Write it with digits, such as (614) 555-0142 or +44 20 7946 0018.")
	}
	n, err := phonenumbers.Parse(given, "US")
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return dialer.Explain(nil, "That is no phone number. Check its digits; a number of another country begins with + and its code.")
	}
	args.Number = phonenumbers.Format(n, phonenumbers.E164)
	return nil
}

package desk

import (
	"net/http"
	"strconv"
	"strings"

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
			return h.number(r, args)
		}
		if shift.Session.PreviewID == 0 {
			return dialer.Explain(nil, "Type a number, or ask for the next lead.")
		}
		return nil
	})
}

// Preview serves POST /desk/preview: the next lead, or the form's `lead`, which
// is one of the campaign's, to be looked at before it is dialed.
func (h *Handler) Preview(w http.ResponseWriter, r *http.Request) error {
	return h.ask(w, r, dialer.IntentPreview, func(shift facts.Shift, args *dialer.IntentArgs) error {
		wanted := r.PostFormValue("lead")
		if wanted == "" {
			return nil
		}
		n, err := strconv.ParseInt(wanted, 10, 64)
		if err != nil || n <= 0 {
			return dialer.Explain(nil, "Choose a lead from the list.")
		}
		found, err := h.Customers.Search(r.Context(), shift.Session.CampaignID, facts.LeadQuery{ID: dialer.LeadID(n), Limit: 1})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return dialer.Explain(dialer.ErrNotFound, "That lead is in none of this campaign's lists any more. Look for it again.")
		}
		args.LeadID = dialer.LeadID(n)
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
			return h.number(r, args)
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

// number takes the form's number as people write it; without a country's code
// it is taken as one of North America.
func (h *Handler) number(r *http.Request, args *dialer.IntentArgs) error {
	given := strings.TrimSpace(r.PostFormValue("number"))
	if given == "" {
		return dialer.Explain(nil, "Type the number to call first, such as (614) 555-0142.")
	}
	if len(given) > numberMost || strings.Trim(given, "+0123456789 ()-./") != "" {
		return dialer.Explain(nil, "That is no phone number. Write it with digits, such as (614) 555-0142 or +44 20 7946 0018.")
	}
	e164, err := h.Number(given)
	if err != nil {
		return dialer.Explain(nil, "That is no phone number. Check its digits; a number of another country begins with + and its code.")
	}
	args.Number = e164
	return nil
}

// numberMost is far more than a number with its punctuation has.
const numberMost = 40

package desk

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"trunkline/dialer"
	"trunkline/webui/facts"
)

// commandIn is how long a telephony server may take to accept a command.
const commandIn = 3 * time.Second

// Connect serves POST /desk/connect: the server rings the agent's phone. With
// the form's `lost`, the page says that its phone has no call although the shift
// has a leg (the page was reloaded, or its network changed): that leg is hung up
// first. A shift that has its leg is left alone otherwise.
func (h *Handler) Connect(w http.ResponseWriter, r *http.Request) error {
	shift, err := h.shift(r)
	if err != nil {
		return err
	}
	s := shift.Session
	if s.Leg != "" && r.PostFormValue("lost") == "" {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if s.Leg != "" {
		ctx, cancel := context.WithTimeout(r.Context(), commandIn)
		defer cancel()
		err := h.Commander.Hangup(ctx, s.ServerID, s.Leg)
		// Where no wire leads to the server, its listen hangs the old one up as the
		// new one comes.
		if err != nil && !errors.Is(err, dialer.ErrNotFound) && !h.willHear(r.Context(), shift) {
			return h.unanswered(shift, "hanging up a lost leg", err)
		}
	}
	leg := h.Ringer.Leg()
	err = h.Ringer.ByWire(r.Context(), shift, leg)
	if err != nil {
		if !h.willHear(r.Context(), shift) {
			return h.unanswered(shift, "ringing the agent's phone", err)
		}
		if err := h.Ringer.ByDatabase(r.Context(), shift, leg); err != nil {
			return err
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// unanswered is what an agent is told when a command has failed.
func (h *Handler) unanswered(shift facts.Shift, doing string, err error) error {
	h.Log.Info("a command to a telephony server failed", "doing", doing, "server", shift.Server.Name, "session", shift.Session.ID, "err", err)
	return dialer.Explain(dialer.ErrUnavailable,
		"The telephony server "+shift.Server.Name+" does not answer. The screen tries on; if it stays so, tell your supervisor.")
}

// Ready serves POST /desk/ready.
func (h *Handler) Ready(w http.ResponseWriter, r *http.Request) error {
	return h.ask(w, r, dialer.IntentReady, nil)
}

// Pause serves POST /desk/pause; during a call it means after it.
func (h *Handler) Pause(w http.ResponseWriter, r *http.Request) error {
	return h.ask(w, r, dialer.IntentPause, func(shift facts.Shift, args *dialer.IntentArgs) error {
		args.Code = r.PostFormValue("code")
		codes, err := h.pauses(r.Context(), shift.Session.CampaignID)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(codes, func(c facts.PauseChoice) bool { return c.Code == args.Code }) {
			return dialer.Explain(nil, "Choose a reason to pause from the list.")
		}
		return nil
	})
}

// Hold serves POST /desk/hold.
func (h *Handler) Hold(w http.ResponseWriter, r *http.Request) error {
	return h.ask(w, r, dialer.IntentHold, onCall(r))
}

// Resume serves POST /desk/resume.
func (h *Handler) Resume(w http.ResponseWriter, r *http.Request) error {
	return h.ask(w, r, dialer.IntentResume, onCall(r))
}

// Hangup serves POST /desk/hangup. The customer's leg is hung up by the server
// itself as well, so that it works while its listen is down.
func (h *Handler) Hangup(w http.ResponseWriter, r *http.Request) error {
	shift, intent, err := h.record(r, dialer.IntentHangup, onCall(r))
	if err != nil {
		return err
	}
	h.notify(r.Context(), shift, intent)
	ctx, cancel := context.WithTimeout(r.Context(), commandIn)
	defer cancel()
	err = h.Commander.Hangup(ctx, cmp.Or(shift.Line, shift.Session.ServerID), intent.Args.CallID.Channel())
	if err != nil && !errors.Is(err, dialer.ErrNotFound) && !h.willHear(r.Context(), shift) { // no such channel: it has ended
		return h.unanswered(shift, "hanging up", err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// willHear tells whether the agent's listen is well by the database: it finds the
// intent there within half a second, though no wire leads from here to its
// Asterisk, or to the one that has the customer's line.
func (h *Handler) willHear(ctx context.Context, shift facts.Shift) bool {
	up, err := h.Shifts.ServerUp(ctx, shift.Session.ServerID)
	return err == nil && up
}

// noteRunes is how much of a note a lead keeps.
const noteRunes = 255

// Dispose serves POST /desk/dispose.
func (h *Handler) Dispose(w http.ResponseWriter, r *http.Request) error {
	shift, intent, err := h.record(r, dialer.IntentDispose, func(shift facts.Shift, args *dialer.IntentArgs) error {
		if err := onCall(r)(shift, args); err != nil {
			return err
		}
		args.Status = dialer.Status(r.PostFormValue("status"))
		args.Comments = strings.TrimSpace(strings.ToValidUTF8(r.PostFormValue("comments"), ""))
		args.Pause = r.PostFormValue("then") == "pause"
		if utf8.RuneCountInString(args.Comments) > noteRunes {
			return dialer.Explain(nil, "The note is longer than 255 characters. Shorten it, then save again.")
		}
		statuses, err := h.Words.SelectableStatuses(r.Context())
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(statuses, func(s facts.StatusChoice) bool { return s.Status == args.Status }) {
			if err := h.asTheLineSaid(r.Context(), args); err != nil {
				return err
			}
		}
		if args.Status == dialer.StatusCallback {
			return h.promise(r, args)
		}
		return nil
	})
	if err != nil {
		return err
	}
	h.notify(r.Context(), shift, intent)
	// What stays is read by nobody, and goes after a day.
	if err := h.Drafts.DropDraft(r.Context(), intent.Args.CallID); err != nil {
		h.Log.Warn("what was typed of a call stays though it was saved", "call", intent.Args.CallID, "err", err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// asTheLineSaid takes the outcome that a call has already, which nobody has answered:
// its agent may leave it at that.
func (h *Handler) asTheLineSaid(ctx context.Context, args *dialer.IntentArgs) error {
	c, err := h.Shifts.OnLine(ctx, args.CallID)
	if err != nil {
		return err
	}
	if args.Status == "" || c == nil || c.Call.EndedAt == nil || c.Call.AnsweredAt != nil || c.Call.Status != args.Status {
		return dialer.Explain(nil, "Choose an outcome, then save.")
	}
	return nil
}

// Logout serves POST /desk/logout: the shift ends, the browser stays signed in
// until the page has shown it.
func (h *Handler) Logout(w http.ResponseWriter, r *http.Request) error {
	return h.ask(w, r, dialer.IntentLogout, nil)
}

// onCall takes the form's call. It must be the one on the line: a click meant
// for a call that has ended must not reach the next one.
func onCall(r *http.Request) func(facts.Shift, *dialer.IntentArgs) error {
	return func(shift facts.Shift, args *dialer.IntentArgs) error {
		n, err := strconv.ParseInt(r.PostFormValue("call"), 10, 64)
		if err != nil || n <= 0 {
			return dialer.Explain(nil, "There is no call on the line.")
		}
		args.CallID = dialer.CallID(n)
		if shift.Session.CallID != args.CallID {
			return dialer.Explain(dialer.ErrConflict, "That call is over already.")
		}
		return nil
	}
}

// ask writes an intent, tells the server's listen, and answers 204.
func (h *Handler) ask(w http.ResponseWriter, r *http.Request, kind dialer.IntentKind, read func(facts.Shift, *dialer.IntentArgs) error) error {
	shift, intent, err := h.record(r, kind, read)
	if err != nil {
		return err
	}
	h.notify(r.Context(), shift, intent)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// record reads the form and writes the intent.
func (h *Handler) record(r *http.Request, kind dialer.IntentKind, read func(facts.Shift, *dialer.IntentArgs) error) (facts.Shift, dialer.Intent, error) {
	shift, err := h.shift(r)
	if err != nil {
		return shift, dialer.Intent{}, err
	}
	intent := dialer.Intent{
		ID: dialer.IntentID(h.NextID()), ServerID: shift.Session.ServerID, SessionID: shift.Session.ID, Kind: kind,
	}
	if read != nil {
		if err := read(shift, &intent.Args); err != nil {
			return shift, intent, err
		}
	}
	if err := h.Shifts.AddIntent(r.Context(), intent, h.Now()); err != nil {
		return shift, intent, err
	}
	return shift, intent, nil
}

// notify tells the listen at once. Its failure is no error: listen finds the
// intent's row at its next look.
func (h *Handler) notify(ctx context.Context, shift facts.Shift, intent dialer.Intent) {
	ctx, cancel := context.WithTimeout(ctx, commandIn)
	defer cancel()
	if err := h.Commander.Notify(ctx, shift.Session.ServerID, intent); err != nil {
		h.Log.Info("listen was not told of an intent", "server", shift.Server.Name, "intent", intent.ID, "err", err)
	}
}

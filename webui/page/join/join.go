// Package join answers hosts that hold a token of `trunkline invite`.
package join

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"

	"trunkline/dialer"
	"trunkline/webui/signin"
)

// Store uses invitations up.
type Store interface {
	// Redeem gives what an invitation holds, once; a *dialer.Problem says why not.
	Redeem(ctx context.Context, id, from string) ([]byte, error)
}

// Handler answers.
type Handler struct{ Store Store }

var idForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Join serves POST /join: the hash of a token, for which it gives the host's
// configuration. It is sealed by the token, which never comes here: whoever reads
// the answer without it has nothing.
func (h Handler) Join(w http.ResponseWriter, r *http.Request) error {
	id := r.PostFormValue("id")
	if !idForm.MatchString(id) {
		return dialer.Explain(dialer.ErrInvalid, "This is no token's hash: use `trunkline join`.")
	}
	payload, err := h.Store.Redeem(r.Context(), id, signin.IP(r))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(w).Encode(map[string][]byte{"sealed": payload})
}

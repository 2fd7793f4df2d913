package mariadb

import (
	"context"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

// NewTokens keeps the API tokens as the admin pages show them.
func NewTokens(db *DB) *Catalog[facts.Token] {
	return catalog(db, "token", true, func(t facts.Token) string { return strconv.FormatInt(int64(t.ID), 10) }, "")
}

var (
	tokenBearer     = queries.Get("token-bearer")
	tokenTouch      = queries.Get("token-touch")
	apiAnswerPurge  = queries.Get("api-answer-purge")
	apiAnswerBegin  = queries.Get("api-answer-begin")
	apiAnswer       = queries.Get("api-answer")
	apiAnswerEnd    = queries.Get("api-answer-end")
	apiAnswerForget = queries.Get("api-answer-forget")
	apiHopperAdd    = queries.Get("api-hopper-add")
)

// API is what the JSON API keeps for itself.
type API struct{ db *DB }

// NewAPI is the store on a database.
func NewAPI(db *DB) *API { return &API{db} }

// Bearer is who asks with the token of that hash: an active one, of an active
// user, that has not expired; else dialer.ErrNotFound.
func (a *API) Bearer(ctx context.Context, token [32]byte, now time.Time) (facts.Bearer, error) {
	var row struct {
		dialer.User
		Token     facts.TokenID `db:"token_id"`
		Name      string        `db:"token_name"`
		Rights    string        `db:"rights"`
		Campaigns dialer.Scope  `db:"token_campaigns"`
		UsedAt    *time.Time    `db:"used_at"`
	}
	if err := a.db.x.GetContext(ctx, &row, tokenBearer, token[:], now.UTC().Format(time.DateOnly)); err != nil {
		return facts.Bearer{}, kind(err)
	}
	only := dialer.Narrowed{Campaigns: row.Campaigns, Rights: []dialer.Right{dialer.RightSelf}}
	for _, right := range strings.Fields(row.Rights) {
		only.Rights = append(only.Rights, dialer.Right(right))
	}
	row.Only = &only
	return facts.Bearer{Token: row.Token, Name: row.Name, User: row.User, UsedAt: row.UsedAt}, nil
}

// TouchToken notes that a token was used.
func (a *API) TouchToken(ctx context.Context, id facts.TokenID, now time.Time, ip string) error {
	_, err := a.db.x.ExecContext(ctx, tokenTouch, now, ip, id)
	return kind(err)
}

// answersKept is for how long a request that is sent again is known.
const answersKept = 24 * time.Hour

// Begin takes down that a request with a key is being done. Where one has been
// before, it is given and fresh is false.
func (a *API) Begin(ctx context.Context, token facts.TokenID, key string, request [32]byte, now time.Time) (was facts.Answered, fresh bool, err error) {
	if _, err := a.db.x.ExecContext(ctx, apiAnswerPurge, now.Add(-answersKept)); err != nil {
		return was, false, kind(err)
	}
	res, err := a.db.x.ExecContext(ctx, apiAnswerBegin, token, key, request[:], now)
	if err != nil {
		return was, false, kind(err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return was, true, err
	}
	err = a.db.x.GetContext(ctx, &was, apiAnswer, token, key)
	return was, false, kind(err)
}

// End keeps what a request was answered.
func (a *API) End(ctx context.Context, token facts.TokenID, key string, status int, body string) error {
	_, err := a.db.x.ExecContext(ctx, apiAnswerEnd, status, body, token, key)
	return kind(err)
}

// Forget gives a key free: the request did nothing.
func (a *API) Forget(ctx context.Context, token facts.TokenID, key string) error {
	_, err := a.db.x.ExecContext(ctx, apiAnswerForget, token, key)
	return kind(err)
}

// HopperNext puts a lead that may be dialed into its campaign's hopper with a
// priority, and tells whether it is there. status is the one it was judged in.
func (a *API) HopperNext(ctx context.Context, campaign dialer.CampaignID, lead dialer.LeadID, status dialer.Status, priority int, now time.Time) (bool, error) {
	res, err := a.db.x.ExecContext(ctx, apiHopperAdd, priority, now, lead, campaign, status)
	if err != nil {
		return false, kind(err)
	}
	// None: it has changed since it was judged, or its list or campaign is off.
	n, err := res.RowsAffected()
	return n > 0, err
}

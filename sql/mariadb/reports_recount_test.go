package mariadb_test

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/report"
	"trunkline/sql/mariadb"
)

// raw is a report's source that keeps no sums: it reads whole tables and counts
// them row by row, by the definitions that package report writes down. Only names
// it takes from the store.
type raw struct {
	names *mariadb.Reports
	t     *testing.T
	db    *mariadb.DB
}

func (r raw) Words(ctx context.Context) (report.Words, error) { return r.names.Words(ctx) }

// group is the last bound that is not after at.
func group(bounds []time.Time, at time.Time) int {
	g := -1
	for i, b := range bounds {
		if !at.Before(b) {
			g = i
		}
	}
	return g
}

func within(q report.Query, at time.Time, campaign dialer.CampaignID) bool {
	return !at.Before(q.From) && at.Before(q.To) && slices.Contains(q.Campaigns, campaign)
}

type rawCall struct {
	dialer.Call
	Live     *int  `db:"live"`
	Files    int64 `db:"files"`
	Lost     int64 `db:"lost"`
	TooShort int64 `db:"too_short"`
	RecMS    int64 `db:"rec_ms"`
	RecBytes int64 `db:"rec_bytes"`
}

// counted are the calls that count, with their recordings.
func (r raw) counted(a report.Ask) []rawCall {
	r.t.Helper()
	var all []rawCall
	err := r.db.Select(r.t.Context(), &all, `SELECT id, live, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, COALESCE(user_id, 0) AS user_id, placed_at, sent, ringing_at, answered_at,
		wanted_at, bridged_at, dropped_at, in_group, ended_at, status, cause, sip_code, ended_by, amd, amd_cause, manual,
		(SELECT COUNT(*) FROM recordings r WHERE r.call_id = c.id AND r.state <> 'SHORT') AS files, (SELECT COUNT(*) FROM recordings r WHERE r.call_id = c.id AND r.state = 'SHORT') AS too_short, (SELECT COUNT(*) FROM recordings r WHERE r.call_id = c.id AND r.state = 'LOST') AS lost,
		(SELECT COALESCE(SUM(length_ms), 0) FROM recordings r WHERE r.call_id = c.id) AS rec_ms, (SELECT COALESCE(SUM(bytes), 0) FROM recordings r WHERE r.call_id = c.id) AS rec_bytes FROM calls c`)
	if err != nil {
		r.t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(c rawCall) bool { return c.Live != nil || !c.Sent || !within(a.Query, c.PlacedAt, c.CampaignID) })
}

func ms(from, to *time.Time) int64 {
	if from == nil || to == nil || to.Before(*from) {
		return 0
	}
	return to.Sub(*from).Milliseconds()
}

func one(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// dropped says whether the law counts a call as abandoned: it asked for an agent
// and had none within two seconds of the greeting's end, which AMD's cause tells
// as HUMAN-<silence in ms>-...
func dropped(c rawCall) bool {
	if c.WantedAt == nil {
		return false
	}
	if c.DroppedAt != nil || c.BridgedAt == nil {
		return true
	}
	silence := 0
	if parts := strings.Split(c.AMDCause, "-"); parts[0] == "HUMAN" && len(parts) > 1 {
		silence, _ = strconv.Atoi(parts[1])
		silence = min(silence, 5000)
	}
	return c.BridgedAt.Sub(*c.WantedAt)+time.Duration(silence)*time.Millisecond > 2*time.Second
}

func (r raw) Calls(_ context.Context, a report.Ask) ([]report.CallSum, error) {
	by := map[report.CallSum]report.Calls{}
	for _, c := range r.counted(a) {
		if len(a.Lists) > 0 && !slices.Contains(a.Lists, c.ListID) || len(a.Users) > 0 && !slices.Contains(a.Users, c.UserID) {
			continue
		}
		key := report.CallSum{Group: group(a.Bounds, c.PlacedAt), Status: c.Status, Manual: c.Manual}
		if a.ByCampaign {
			key.Campaign = c.CampaignID
		}
		if a.ByList {
			key.List = c.ListID
		}
		rang := c.AnsweredAt
		if rang == nil {
			rang = c.EndedAt
		}
		by[key] = by[key].Add(report.Calls{
			Calls: 1, Answered: one(c.AnsweredAt != nil), Asked: one(c.WantedAt != nil), Connected: one(c.BridgedAt != nil), Dropped: one(dropped(c)),
			RingMS: ms(&c.PlacedAt, rang), WaitMS: ms(c.WantedAt, c.BridgedAt), TalkMS: ms(c.BridgedAt, c.EndedAt),
		})
	}
	var all []report.CallSum
	for key, calls := range by {
		key.Calls = calls
		all = append(all, key)
	}
	return all, nil
}

func (r raw) Causes(_ context.Context, a report.Ask) ([]report.CauseSum, error) {
	by := map[report.CauseSum]report.CauseSum{}
	for _, c := range r.counted(a) {
		key := report.CauseSum{Group: group(a.Bounds, c.PlacedAt), Carrier: c.CarrierID, Status: c.Status, SIPCode: c.SIPCode, Cause: c.Cause}
		s, ok := by[key]
		if !ok {
			s = key
		}
		s.Calls++
		s.Answered += one(c.AnsweredAt != nil)
		s.Rang += one(c.RingingAt != nil)
		s.DelayMS += ms(&c.PlacedAt, c.RingingAt)
		s.LineMS += ms(c.AnsweredAt, c.EndedAt)
		by[key] = s
	}
	var all []report.CauseSum
	for _, s := range by {
		all = append(all, s)
	}
	return all, nil
}

func (r raw) Agents(_ context.Context, a report.Ask) ([]report.AgentSum, error) {
	by := map[report.AgentSum]report.AgentSum{}
	for _, c := range r.counted(a) {
		if c.UserID == 0 || len(a.Users) > 0 && !slices.Contains(a.Users, c.UserID) || len(a.Lists) > 0 && !slices.Contains(a.Lists, c.ListID) {
			continue
		}
		key := report.AgentSum{Group: group(a.Bounds, c.PlacedAt), User: c.UserID, Status: c.Status, Manual: c.Manual}
		if a.ByCampaign {
			key.Campaign = c.CampaignID
		}
		if a.Together {
			key.User, key.Status, key.Manual = 0, "", false
		}
		s, ok := by[key]
		if !ok {
			s = key
		}
		s.Calls++
		s.TalkMS += ms(c.BridgedAt, c.EndedAt)
		s.Recorded += one(c.Files > 0)
		s.Files, s.Lost, s.TooShort, s.RecMS, s.RecBytes = s.Files+c.Files, s.Lost+c.Lost, s.TooShort+c.TooShort, s.RecMS+c.RecMS, s.RecBytes+c.RecBytes
		by[key] = s
	}
	var all []report.AgentSum
	for _, s := range by {
		all = append(all, s)
	}
	return all, nil
}

func (r raw) Times(_ context.Context, a report.Ask) ([]report.TimeSum, error) {
	var log []report.Period
	if err := r.db.Select(r.t.Context(), &log, `SELECT user_id, campaign_id, state, pause_code, from_at, to_at FROM agent_log`); err != nil {
		r.t.Fatal(err)
	}
	by := map[report.TimeSum]report.TimeSum{}
	for _, p := range log {
		if !slices.Contains(a.Campaigns, p.Campaign) || len(a.Users) > 0 && !slices.Contains(a.Users, p.User) {
			continue
		}
		for i, begin := range a.Bounds {
			end := a.To
			if i+1 < len(a.Bounds) {
				end = a.Bounds[i+1]
			}
			begun := !p.From.Before(begin) && p.From.Before(end)
			length := report.Overlap(p.From, p.To, begin, end).Milliseconds()
			if length == 0 && !begun {
				continue
			}
			key := report.TimeSum{Group: i, User: p.User, State: p.State}
			if p.State == dialer.AgentPaused {
				key.Pause = p.Pause
			}
			s, ok := by[key]
			if !ok {
				s = key
			}
			s.MS += length
			s.Stretches += one(begun)
			by[key] = s
		}
	}
	var all []report.TimeSum
	for _, s := range by {
		all = append(all, s)
	}
	return all, nil
}

// all reads rows of a table.
func all[T any](r raw, query string) []T {
	r.t.Helper()
	var rows []T
	if err := r.db.Select(r.t.Context(), &rows, query); err != nil {
		r.t.Fatal(err)
	}
	return rows
}

func (r raw) Under(_ context.Context, q report.Query) ([]report.Period, error) {
	var on []report.Period
	for _, p := range all[struct {
		report.Period
		Live *int `db:"live"`
	}](r, `SELECT user_id, campaign_id, state, pause_code, state_since AS from_at, live FROM agent_sessions`) {
		if p.Live != nil && slices.Contains(q.Campaigns, p.Campaign) && (len(q.Users) == 0 || slices.Contains(q.Users, p.User)) {
			on = append(on, p.Period)
		}
	}
	return on, nil
}

func (r raw) Leads(_ context.Context, lists []dialer.ListID) ([]report.LeadCount, error) {
	by := map[report.LeadCount]report.LeadCount{}
	for _, l := range all[struct {
		List   dialer.ListID `db:"list_id"`
		Status dialer.Status `db:"status"`
		Since  int           `db:"called_since_reset"`
		Calls  int64         `db:"called_count"`
	}](r, `SELECT list_id, status, called_since_reset, called_count FROM leads`) {
		if !slices.Contains(lists, l.List) {
			continue
		}
		key := report.LeadCount{List: l.List, Status: l.Status, Fresh: l.Since == 0}
		n, known := by[key]
		if !known {
			n = key
		}
		n.Leads++
		n.Called += one(l.Calls > 0)
		n.Dials += l.Calls
		by[key] = n
	}
	return slices.Collect(maps.Values(by)), nil
}

func (r raw) Hopper(_ context.Context, q report.Query) ([]report.HopperCount, error) {
	by := map[report.HopperCount]int64{}
	for _, h := range all[struct {
		Campaign dialer.CampaignID `db:"campaign_id"`
		List     dialer.ListID     `db:"list_id"`
		Source   string            `db:"source"`
		Claim    *string           `db:"claim"`
	}](r, `SELECT campaign_id, list_id, source, CAST(claim AS CHAR) AS claim FROM hopper`) {
		if slices.Contains(q.Campaigns, h.Campaign) {
			by[report.HopperCount{Campaign: h.Campaign, List: h.List, Source: h.Source, Claimed: h.Claim != nil}]++
		}
	}
	var rows []report.HopperCount
	for key, n := range by {
		key.Leads = n
		rows = append(rows, key)
	}
	return rows, nil
}

func (r raw) Callbacks(_ context.Context, q report.Query) ([]report.CallbackCount, error) {
	var rows []report.CallbackCount
	for _, c := range all[struct {
		report.CallbackCount
		Due time.Time `db:"due_at"`
	}](r, `SELECT campaign_id, user_id, kind, state, tries, due_at FROM callbacks`) {
		if within(q, c.Due, c.Campaign) && (len(q.Users) == 0 || slices.Contains(q.Users, c.User)) {
			c.N, c.Late = 1, c.Due.Before(q.Now)
			rows = append(rows, c.CallbackCount)
		}
	}
	return rows, nil
}

func (r raw) Begins(_ context.Context, campaigns []dialer.CampaignID) (map[dialer.CampaignID]time.Time, error) {
	first := map[dialer.CampaignID]time.Time{}
	always := report.Ask{Query: report.Query{From: time.Unix(0, 0), To: time.Unix(1<<40, 0), Campaigns: campaigns}}
	for _, c := range r.counted(always) {
		if at, known := first[c.CampaignID]; !known || c.PlacedAt.Before(at) {
			first[c.CampaignID] = report.Quarter.Start(c.PlacedAt)
		}
	}
	return first, nil
}

func (r raw) CallRows(_ context.Context, q report.Query, campaign dialer.CampaignID, at time.Time, after dialer.CallID, limit int) ([]report.CallRow, error) {
	calls := r.counted(report.Ask{Query: q})
	slices.SortFunc(calls, func(a, b rawCall) int { return cmp.Or(a.PlacedAt.Compare(b.PlacedAt), cmp.Compare(a.ID, b.ID)) })
	leads := map[dialer.LeadID]dialer.Lead{}
	for _, l := range all[dialer.Lead](r, `SELECT id, first_name, last_name, vendor_lead_code FROM leads`) {
		leads[l.ID] = l
	}
	var rows []report.CallRow
	for _, c := range calls {
		if c.CampaignID != campaign || c.PlacedAt.Before(at) || c.PlacedAt.Equal(at) && c.ID <= after || len(rows) == limit ||
			len(q.Lists) > 0 && !slices.Contains(q.Lists, c.ListID) || len(q.Users) > 0 && !slices.Contains(q.Users, c.UserID) {
			continue
		}
		l := leads[c.LeadID]
		rows = append(rows, report.CallRow{
			ID: c.ID, Campaign: c.CampaignID, List: c.ListID, Lead: c.LeadID, E164: c.E164, PlacedAt: c.PlacedAt, RingingAt: c.RingingAt, AnsweredAt: c.AnsweredAt,
			WantedAt: c.WantedAt, BridgedAt: c.BridgedAt, DroppedAt: c.DroppedAt, InGroup: c.InGroup, EndedAt: c.EndedAt, Status: c.Status, Cause: c.Cause, SIPCode: c.SIPCode,
			EndedBy: c.EndedBy, AMD: c.AMD, Manual: c.Manual, Server: c.ServerID, Carrier: c.CarrierID, User: c.UserID,
			FirstName: l.FirstName, LastName: l.LastName, VendorCode: l.VendorLeadCode,
		})
	}
	return rows, nil
}

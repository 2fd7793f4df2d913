package webui

import (
	"context"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/facts"
)

// fakeBoards is what the live boards show, and what was asked from them.
type fakeBoards struct {
	agents []facts.BoardAgent // on shift
	floors int                // how often they were read
	told   []string           // to agents
}

// Floor gives the agents of the test.
func (f *fake) Floor(context.Context) (facts.BoardFloor, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.floors++
	return facts.BoardFloor{Agents: f.agents}, f.down
}

func (f *fake) Pace(context.Context) (facts.BoardPace, error) {
	return facts.BoardPace{Campaigns: []facts.BoardCampaign{
		{ID: "AUTUMN", Name: "Autumn", Active: true}, {ID: "SPRING", Name: "Spring"}, {ID: "WINTER", Name: "Winter"},
	}}, f.problem()
}

func (f *fake) Around(context.Context) (facts.BoardAround, error) {
	return facts.BoardAround{Servers: []facts.BoardServer{{ID: 4, Name: "tel-1", WSURL: "wss://tel-1.example:8089/ws", Up: true}}}, f.problem()
}

func (f *fake) Tallies(context.Context, []dialer.UserID, time.Time) (map[dialer.UserID]facts.BoardTally, error) {
	return nil, f.problem()
}

func (f *fake) CallsOfDay(context.Context, []dialer.CampaignID, time.Time) (map[dialer.CampaignID]facts.BoardDay, error) {
	return nil, f.problem()
}

func (f *fake) Carriers(context.Context, []dialer.CampaignID, time.Time) ([]facts.BoardCarrier, error) {
	return nil, f.problem()
}

func (f *fake) Spells(context.Context, []dialer.CampaignID, time.Time) ([]facts.BoardSpell, error) {
	return nil, f.problem()
}

func (f *fake) Waits(context.Context, []dialer.CampaignID, time.Time) (map[dialer.CampaignID]float64, error) {
	return nil, f.problem()
}

func (f *fake) Shift(_ context.Context, id dialer.SessionID) (facts.BoardShift, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.agents {
		if a.Session == id {
			return facts.BoardShift{Session: id, User: a.User, Campaign: a.Campaign, Server: a.Server, State: a.State, Username: a.Username, FullName: a.FullName}, f.down
		}
	}
	return facts.BoardShift{}, dialer.ErrNotFound
}

func (f *fake) AskAgent(_ context.Context, by audit.By, _ facts.BoardShift, intent dialer.Intent, says string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.intents = append(f.intents, intent)
	f.told = append(f.told, says)
	return f.down
}

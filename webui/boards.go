package webui

import (
	"trunkline/dialer"
	"trunkline/webui/page/boardlimits"
	"trunkline/webui/page/liveboard"
)

// boardRoutes are the supervisors' live board and the wallboard.
func (u *UI) boardRoutes() []route {
	c := u.config
	b := liveboard.New(liveboard.Config{
		Reader: u.boards, Store: c.Hands, Settings: c.Setup.Campaigns, Changes: c.Changes, Commander: c.Commander, Campaigns: c.campaignChoices,
		Codes: c.Setup.allPauseCodes, Reception: u.who, NextID: c.NextID, Now: c.Now, Zone: c.Zone, Log: c.Log,
	})
	const watches, run = dialer.RightWatch, dialer.RightRun
	return append([]route{
		{"GET /board", watches, asPage, b.Board},
		{"GET /board/events", watches, asJSON, b.BoardEvents},
		{"GET /board/{campaign}", watches, asPage, b.Board},
		{"GET /board/{campaign}/events", watches, asJSON, b.BoardEvents},
		{"GET /wallboard", watches, asPage, b.Wall},
		{"GET /wallboard/events", watches, asJSON, b.WallEvents},
		{"GET /wallboard/{campaign}", watches, asPage, b.Wall},
		{"GET /wallboard/{campaign}/events", watches, asJSON, b.WallEvents},

		{"POST /board/agents/{id}/pause", watches, asJSON, b.Pause},
		{"POST /board/agents/{id}/signout", watches, asJSON, b.SignOut},

		{"GET /board/{campaign}/flight", run, asPage, b.Flight},
		{"POST /board/{campaign}/flight", run, asPage, b.SaveFlight},
		{"GET /board/{campaign}/stop", run, asPage, b.AskStop},
		{"POST /board/{campaign}/stop", run, asPage, b.Stop},
		{"POST /board/{campaign}/start", run, asPage, b.Start},
	}, catalogRoutes("/boardlimits", run, boardlimits.New(boardlimits.Config{Store: c.Setup.BoardLimits, Campaigns: c.campaignChoices, Now: c.Now, Zone: c.Zone}))...)
}

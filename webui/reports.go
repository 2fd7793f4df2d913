package webui

import (
	"trunkline/dialer"
	"trunkline/dialer/report"
	"trunkline/webui/page/reports"
)

func (u *UI) reportRoutes() []route {
	c := u.config
	h := reports.New(reports.Config{Store: c.Reports, Guarded: c.Leads.Guarded, Now: c.Now, Zone: c.Zone})
	const needs = dialer.RightReports
	all := []route{{"GET /reports", needs, asPage, h.Index}}
	for _, one := range report.All {
		path := "GET /reports/" + one.Name
		all = append(all, route{path, needs, asPage, h.Page(one)}, route{path + "/csv", needs, asPage, h.CSV(one)}, route{path + "/xlsx", needs, asPage, h.XLSX(one)})
	}
	return all
}

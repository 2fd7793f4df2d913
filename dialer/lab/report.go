package lab

import (
	"fmt"
	"html/template"
	"io"
	"strings"
)

// Report writes pooled runs as one self-contained HTML page: a table, and for
// each scenario a chart of the methods' utilisation and abandonment through the
// shift. All runs of a scenario and method stand together in all.
func Report(w io.Writer, title string, all []Result) error {
	var page struct {
		Title  string
		Rows   []Result
		Charts []chart
	}
	page.Title = title
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].Scenario == all[0].Scenario && all[n].Method == all[0].Method {
			n++
		}
		p := Pool(all[:n])
		if k := len(page.Charts); k == 0 || page.Charts[k-1].Scenario != p.Scenario {
			page.Charts = append(page.Charts, chart{Scenario: p.Scenario})
		}
		c := &page.Charts[len(page.Charts)-1]
		c.add(all[:n])
		page.Rows = append(page.Rows, p)
		all = all[n:]
	}
	return reportPage.Execute(w, page)
}

// chart holds the lines of one scenario.
type chart struct {
	Scenario string
	Lines    []line
}

type line struct {
	Method, Colour string
	Utilisation    string // points of a polyline
	Abandonment    string
}

// The chart's room: a shift from 40 to 720 across; 100 % at 10 and none at 170
// for utilisation, 10 % at 190 and none at 270 for abandonment.
const (
	chartLeft, chartWide = 40.0, 680.0
	utilTop, utilHigh    = 10.0, 160.0
	dropTop, dropHigh    = 190.0, 80.0
	dropMost             = 0.10
)

var colours = []string{"#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df", "#57606a"}

func (c *chart) add(runs []Result) {
	n := 0
	for _, r := range runs {
		n = max(n, len(r.Quarters))
	}
	sum := make([]Quarter, n)
	for _, r := range runs {
		for i, q := range r.Quarters {
			sum[i].Work += q.Work
			sum[i].Idle += q.Idle
			sum[i].Live += q.Live
			sum[i].Abandoned += q.Abandoned
		}
	}
	l := line{Method: runs[0].Method, Colour: colours[len(c.Lines)%len(colours)]}
	var util, drop strings.Builder
	live, drops := 0, 0
	for i, q := range sum {
		x := chartLeft + chartWide*(float64(i)+0.5)/float64(n)
		fmt.Fprintf(&util, "%.1f,%.1f ", x, utilTop+utilHigh*(1-share(q.Work, q.Work+q.Idle)))
		live, drops = live+q.Live, drops+q.Abandoned // since the start: what the ledger shows
		fmt.Fprintf(&drop, "%.1f,%.1f ", x, dropTop+dropHigh*(1-min(share(float64(drops), float64(live))/dropMost, 1)))
	}
	l.Utilisation, l.Abandonment = util.String(), drop.String()
	c.Lines = append(c.Lines, l)
}

var reportPage = template.Must(template.New("report").Funcs(template.FuncMap{
	"percent": func(x float64) string { return fmt.Sprintf("%.2f", 100*x) },
	"tenths":  func(x float64) string { return fmt.Sprintf("%.1f", x) },
}).Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{{.Title}}</title>
<style>
body{font:15px/1.4 system-ui,sans-serif;margin:2rem;max-width:60rem}
table{border-collapse:collapse}td,th{padding:.2rem .7rem;text-align:right;border-bottom:1px solid #ddd}
td:first-child,td:nth-child(2){text-align:left}svg{width:100%;height:auto}text{font-size:11px;fill:#555}
</style>
<h1>{{.Title}}</h1>
<table><thead><tr><th>scenario<th>method<th>agents<th>utilisation %<th>abandonment %<th>worst hour %<th>wait s<th>dials/connect</thead>
{{range .Rows}}<tr><td>{{.Scenario}}<td>{{.Method}}<td>{{.Agents}}<td>{{percent .Utilisation}}<td>{{percent .Abandonment}}<td>{{percent .WorstHour}}<td>{{tenths .Wait}}<td>{{tenths .DialsPerConnect}}
{{end}}</table>
{{range .Charts}}<h2>{{.Scenario}}</h2>
<svg viewBox="0 0 740 290" role="img" aria-label="utilisation and abandonment through the shift">
<path d="M40 10V170H720M40 190V270H720" fill="none" stroke="#999"/>
<path d="M40 50H720M40 90H720M40 130H720M40 246H720" stroke="#e5e5e5"/>
<text x="2" y="14">100 %</text><text x="8" y="94">50 %</text><text x="8" y="194">10 %</text><text x="14" y="250">3 %</text>
<text x="560" y="166">utilisation</text><text x="560" y="204">abandonment since the start</text>
{{range .Lines}}<polyline points="{{.Utilisation}}" fill="none" stroke="{{.Colour}}" stroke-width="1.5"/>
<polyline points="{{.Abandonment}}" fill="none" stroke="{{.Colour}}" stroke-width="1.5"/>
{{end}}</svg>
<p>{{range .Lines}}<span style="color:{{.Colour}}">■ {{.Method}}</span> {{end}}</p>
{{end}}</html>
`))

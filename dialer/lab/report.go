package lab

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
)

// Report writes runs as one self-contained HTML page: a table of all figures,
// pooled, and for each scenario their course through the shift. All runs of a
// scenario and method stand together in all. Script draws the charts (uPlot;
// webui/assets/src/report.ts); without it the page is the table.
func Report(w io.Writer, title string, all []Result, script []byte) error {
	page := reportPage{Title: title, Script: template.JS(script)} //nolint:gosec // a bundle of ours
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].Scenario == all[0].Scenario && all[n].Method == all[0].Method {
			n++
		}
		p := Pool(all[:n])
		if k := len(page.Charts); k == 0 || page.Charts[k-1].Key != p.Scenario {
			page.Charts = append(page.Charts, newChart(p.Scenario, p.Target))
		}
		page.Charts[len(page.Charts)-1].add(p.Method, all[:n])
		page.Rows = append(page.Rows, p)
		all = all[n:]
	}
	data, err := json.Marshal(page.Charts)
	if err != nil {
		return fmt.Errorf("the report's charts: %w", err)
	}
	page.Data = template.JS(data) //nolint:gosec // JSON, in which < is escaped
	return reportHTML.Execute(w, page)
}

type reportPage struct {
	Title  string
	Rows   []Result
	Charts []chart
	Data   template.JS
	Script template.JS
}

// chart is one scenario's figures through the shift.
type chart struct {
	Key     string    `json:"key"`
	Hours   []float64 `json:"hours"` // the middle of each quarter of an hour
	Figures []figure  `json:"figures"`
}

type figure struct {
	Name  string  `json:"name"`
	Unit  string  `json:"unit"`
	Limit float64 `json:"limit,omitempty"`
	Lines []line  `json:"lines"`
}

type line struct {
	Method string     `json:"method"`
	Values []*float64 `json:"values"` // null where there was nothing to share
}

func newChart(key string, target float64) chart {
	return chart{Key: key, Figures: []figure{
		{Name: "Utilisation", Unit: "%"},
		{Name: "Abandonment since the start", Unit: "%", Limit: 100 * target},
		{Name: "Abandonment of the last hour", Unit: "%"},
		{Name: "Wait between calls", Unit: "s"},
		{Name: "Dials a connect"},
	}}
}

func (c *chart) add(method string, runs []Result) {
	n := 0
	for _, r := range runs {
		n = max(n, len(r.Quarters))
	}
	sum := make([]Quarter, n)
	for _, r := range runs {
		for i, q := range r.Quarters {
			sum[i].plus(q)
		}
	}
	lines := make([]line, len(c.Figures))
	for i := range lines {
		lines[i].Method = method
	}
	put := func(figure int, part, whole, factor float64) {
		var v *float64
		if whole > 0 {
			v = new(part / whole * factor)
		}
		lines[figure].Values = append(lines[figure].Values, v)
	}
	var soFar Quarter
	for i, q := range sum {
		if i == len(c.Hours) {
			c.Hours = append(c.Hours, (float64(i)+0.5)*quarter/3600)
		}
		soFar.plus(q)
		var hour Quarter
		for _, h := range sum[max(0, i-3) : i+1] {
			hour.plus(h)
		}
		put(0, q.Work, q.Work+q.Idle, 100)
		put(1, float64(soFar.Abandoned), float64(soFar.Live), 100)
		put(2, float64(hour.Abandoned), float64(hour.Live), 100)
		put(3, q.Idle, float64(q.Connects), 1)
		put(4, float64(q.Dials), float64(q.Connects), 1)
	}
	for i := range c.Figures {
		c.Figures[i].Lines = append(c.Figures[i].Lines, lines[i])
	}
}

func (q *Quarter) plus(o Quarter) {
	q.Work += o.Work
	q.Idle += o.Idle
	q.Live += o.Live
	q.Abandoned += o.Abandoned
	q.Dials += o.Dials
	q.Connects += o.Connects
}

var reportHTML = template.Must(template.New("report").Funcs(template.FuncMap{
	"percent": func(x float64) string { return fmt.Sprintf("%.2f", 100*x) },
	"tenths":  func(x float64) string { return fmt.Sprintf("%.1f", x) },
}).Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{.Title}}</title>
<style>
:root{color-scheme:light dark}
body{font:15px/1.4 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;background:light-dark(#fff,#0f1415);color:light-dark(#152021,#e9efef)}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}td,th{padding:.2rem .5rem;text-align:right;border-bottom:1px solid light-dark(#dfe5e5,#2a3336)}
td:first-child,td:nth-child(2),th:first-child,th:nth-child(2){text-align:left}.wrap{overflow-x:auto}.uplot{margin-bottom:1.5rem}
</style>
<h1>{{.Title}}</h1>
<div class="wrap"><table><thead><tr><th>scenario<th>method<th>agents<th>utilisation %<th>abandonment %<th>worst hour %<th>wait s<th>live<th>abandoned<th>dials/connect</thead>
{{range .Rows}}<tr><td>{{.Scenario}}<td>{{.Method}}<td>{{.Agents}}<td>{{percent .Utilisation}}<td>{{percent .Abandonment}}<td>{{percent .WorstHour}}<td>{{tenths .Wait}}<td>{{.Live}}<td>{{.Abandoned}}<td>{{tenths .DialsPerConnect}}
{{end}}</table></div>
{{range .Charts}}<h2>{{.Key}}</h2>
<div id="charts-{{.Key}}">{{if not $.Script}}<p>There are no charts: the program that wrote this was built without its scripts.</p>{{end}}</div>
{{end}}<script type="application/json" id="data">{{.Data}}</script>
{{if .Script}}<script type="module">{{.Script}}</script>
{{end}}</html>
`))

package selection

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// A list mix is a form of so many `rows`, each a step: list_0, percent_0, order_0,
// every_0, statuses_0 and so on, in the order in which IN_ORDER dials them.

// mixRows is how many steps a mix may have.
const mixRows = 10

// stepParts are the answers of a step.
var stepParts = []string{"list_", "percent_", "order_", "every_", "statuses_"}

// Mix serves POST /campaigns/{campaign}/selection/mix. `do` changes the form and
// saves nothing: "up 2" puts that row before the one above it.
func (h *Handler) Mix(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	rows := rowsOf(f)
	if at, ok := strings.CutPrefix(f.Value("do"), "up "); ok {
		moveUp(f, at, rows)
		return h.show(w, r, http.StatusOK, "mix", f, nil)
	}
	method := f.Choice("method", "", "EVEN", "IN_ORDER", "RANDOM")
	var lines []facts.MixLine
	switch {
	case method != "":
		if lines, err = h.steps(r.Context(), f, rows); err != nil {
			return err
		}
	case typed(f, rows):
		// Of a mix that there is, the steps are let go; ones just typed are not.
		is, err := h.Store.Selection(r.Context(), campaign(r))
		if err != nil {
			return err
		}
		if is.MixMethod == "" {
			f.Fail("method", "Choose how the lists follow each other, or empty the steps.")
		}
	}
	if f.OK() {
		err = h.Store.SetMix(r.Context(), signin.By(r, h.Now()), campaign(r), method, lines, seen(f))
	}
	says := "The lists are mixed by their shares."
	if method == "" {
		says = "There is no list mix: all lists of the campaign are dialed in its order."
	}
	return h.done(w, r, "mix", f, err, says)
}

// typed says whether any step has been begun.
func typed(f *form.Form, rows int) bool {
	for i := range rows {
		n := strconv.Itoa(i)
		if f.Value("list_"+n)+f.Value("percent_"+n)+f.Value("statuses_"+n) != "" {
			return true
		}
	}
	return false
}

func rowsOf(f *form.Form) int {
	rows, _ := strconv.Atoi(f.Value("rows"))
	return max(0, min(rows, mixRows))
}

// steps reads the rows that name a list. What is wrong with one stands beside it.
func (h *Handler) steps(ctx context.Context, f *form.Form, rows int) ([]facts.MixLine, error) {
	known, err := h.Statuses(ctx)
	if err != nil {
		return nil, err
	}
	var lines []facts.MixLine
	total, last := 0, ""
	for i := range rows {
		n := strconv.Itoa(i)
		list, _ := strconv.ParseInt(f.Value("list_"+n), 10, 64)
		if list == 0 {
			if f.Value("percent_"+n) != "" || f.Value("statuses_"+n) != "" {
				f.Fail("list_"+n, "Choose the list of this step, or empty the step.")
			}
			continue
		}
		l := facts.MixLine{
			List: dialer.ListID(list), Percent: f.Int("percent_"+n, 1, 100, "%"),
			Order:    strings.TrimSpace(f.Line("order_"+n, 32) + " " + f.Line("every_"+n, 8)),
			Statuses: strings.ToUpper(strings.Join(strings.Fields(f.Line("statuses_"+n, 255)), " ")),
		}
		for _, status := range strings.Fields(l.Statuses) {
			if !slices.ContainsFunc(known, func(s facts.SetStatus) bool { return string(s.Status) == status }) {
				f.Fail("statuses_"+n, fmt.Sprintf("There is no status %s. Write statuses by their codes with spaces between, such as NEW NA.", status))
				break
			}
		}
		total, last = total+l.Percent, n
		lines = append(lines, l)
	}
	switch {
	case !f.OK():
	case len(lines) == 0:
		f.Fail("list_0", "Choose the list of the first step, or no list mix.")
	case total != 100:
		f.Fail("percent_"+last, fmt.Sprintf("The shares are %d %% together. Make them 100.", total))
	}
	return lines, nil
}

// moveUp exchanges what was typed into a row with what the row above it has.
func moveUp(f *form.Form, row string, rows int) {
	n, err := strconv.Atoi(row)
	if err != nil || n < 1 || n >= rows {
		return
	}
	for _, part := range stepParts {
		this, above := part+strconv.Itoa(n), part+strconv.Itoa(n-1)
		upper, lower := f.Value(above), f.Value(this)
		f.Set(above, lower)
		f.Set(this, upper)
	}
	f.Set("focus", strconv.Itoa(n-1))
}

// stepOrders are VICIdial's lead orders without their Nth NEW, which is chosen
// beside.
var stepOrders = []ui.Choice{
	{Value: "DOWN", Name: "DOWN: oldest lead first"}, {Value: "UP", Name: "UP: newest lead first"},
	{Value: "DOWN RANK", Name: "DOWN RANK: lowest first"}, {Value: "UP RANK", Name: "UP RANK: highest first"},
	{Value: "DOWN COUNT", Name: "DOWN COUNT: fewest calls first"}, {Value: "UP COUNT", Name: "UP COUNT: most calls first"},
	{Value: "DOWN LAST CALL TIME", Name: "DOWN LAST CALL TIME: longest not called first"}, {Value: "UP LAST CALL TIME", Name: "UP LAST CALL TIME: last called first"},
	{Value: "DOWN TIMEZONE", Name: "DOWN TIMEZONE: from west to east"}, {Value: "UP TIMEZONE", Name: "UP TIMEZONE: from east to west"},
	{Value: "DOWN LAST NAME", Name: "DOWN LAST NAME: A to Z"}, {Value: "UP LAST NAME", Name: "UP LAST NAME: Z to A"},
	{Value: "DOWN PHONE", Name: "DOWN PHONE: ascending"}, {Value: "UP PHONE", Name: "UP PHONE: descending"},
	{Value: "DOWN OWNER", Name: "DOWN OWNER: A to Z"}, {Value: "UP OWNER", Name: "UP OWNER: Z to A"},
	{Value: "RANDOM", Name: "RANDOM: by lot"},
}

// everyNew are how often a new lead stands between the others.
var everyNew = []ui.Choice{
	{Value: "", Name: "As they come"}, {Value: "2nd NEW", Name: "Every 2nd one"}, {Value: "3rd NEW", Name: "Every 3rd one"},
	{Value: "4th NEW", Name: "Every 4th one"}, {Value: "5th NEW", Name: "Every 5th one"}, {Value: "6th NEW", Name: "Every 6th one"},
}

// mixRow is a step as the page draws it.
type mixRow struct {
	N, Says string // its number in the form, and for people
	First   bool
}

func (m *model) mix(is facts.Selection, formOf func(string, map[string]string) *form.Form) {
	filled := map[string]string{"method": is.MixMethod}
	for i, l := range is.Mix {
		n := strconv.Itoa(i)
		order, every := l.Order, ""
		if words := strings.Fields(l.Order); len(words) > 2 && words[len(words)-1] == "NEW" {
			order, every = strings.Join(words[:len(words)-2], " "), strings.Join(words[len(words)-2:], " ")
		}
		filled["list_"+n], filled["percent_"+n], filled["statuses_"+n] = strconv.FormatInt(int64(l.List), 10), strconv.Itoa(l.Percent), l.Statuses
		filled["order_"+n], filled["every_"+n] = order, every
	}
	m.MixForm = formOf("mix", filled)
	m.Method = ui.Field{Name: "method", Label: "The lists follow each other", Kind: ui.Select, Choices: []ui.Choice{
		{Value: "", Name: "Not mixed: the campaign's order"}, {Value: "EVEN", Name: "EVEN: as evenly as the shares allow"},
		{Value: "IN_ORDER", Name: "IN_ORDER: all of the first step, then the next"}, {Value: "RANDOM", Name: "RANDOM: by lot"},
	}, Help: "Shares are of what is in the hopper, so they hold over time. What a list cannot give, the others do."}
	m.NoLists = len(is.Lists) == 0
	m.Lists = []ui.Choice{{Value: "", Name: "No step"}}
	for _, l := range is.Lists {
		m.Lists = append(m.Lists, ui.Choice{Value: strconv.FormatInt(int64(l.ID), 10), Name: fmt.Sprintf("%d %s", l.ID, l.Name)})
	}
	for i := range min(mixRows, max(len(is.Mix)+1, min(len(is.Lists), 4), rowsOf(m.MixForm))) {
		m.MixRows = append(m.MixRows, mixRow{N: strconv.Itoa(i), Says: strconv.Itoa(i + 1), First: i == 0})
	}
}

// errorOf names the sentence that says what is wrong with a field; "": nothing is.
func errorOf(f *form.Form, name string) string {
	if f.Error(name) == "" {
		return ""
	}
	return name + "-error"
}

// inputMode is the keyboard that a telephone shows.
func inputMode(part string) string {
	if part == "percent_" {
		return "numeric"
	}
	return "text"
}

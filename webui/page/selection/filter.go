package selection

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// The conditions of a filter are a tree. A form carries it flat: a field `node`
// for each condition (c) and group (g) in the tree's order, with its place, such
// as "c0", "g1", "c1.0"; its answers are in field_0, any_1, field_1.0 and so on.

var (
	nameForm = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N} _-]{0,19}$`)
	nodeForm = regexp.MustCompile(`^[cg][0-9]{1,3}(\.[0-9]{1,3}){0,2}$`)
)

// Bounds of what a form carries; a filter's own are narrower.
const (
	mostNodes  = 150
	groupDepth = 2 // of groups within groups
)

// Filter serves POST /campaigns/{campaign}/selection/filter: the one to use, or
// with `save` its conditions. `do` changes the form and saves nothing: "add 1"
// and "group 1" put a condition or a group into the group at that place,
// "remove 1" takes away what is there, "count" counts the leads that pass.
func (h *Handler) Filter(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	by, id := signin.By(r, h.Now()), campaign(r)
	if !f.Bool("save") {
		name := f.Line("use", 20)
		err := h.Store.UseFilter(r.Context(), by, id, name, seen(f))
		says := "All leads may be dialed."
		if name != "" && err == nil {
			pass, of, why := h.Store.Passes(r.Context(), id, name)
			says = "Only leads that pass " + name + " are dialed" + counted(pass, of, why) + "."
		}
		return h.done(w, r, "filter", f, err, says)
	}
	nodes := nodesOf(f)
	do, at, _ := strings.Cut(f.Value("do"), " ")
	switch do {
	case "add", "group", "remove":
		nodes, at = edited(nodes, do, at)
		f.Set("node", nodes...)
		f.Set("focus", at)
		return h.show(w, r, http.StatusOK, "filter", f, nil)
	}
	to := typedFilter(f, nodes)
	if do == "count" && f.OK() {
		return h.count(w, r, f, to)
	}
	if do != "count" {
		to.Name = f.Match("name", nameForm, "Enter a name of up to 20 letters and digits, such as Texas only.")
	}
	says, shown := "", seen(f)
	if shown > 0 && to.Name != f.Value("was") {
		shown = 0 // the conditions of another stood there: of this one nothing was seen
	}
	if f.OK() {
		if err = h.Store.SaveFilter(r.Context(), by, id, to, shown); err == nil {
			pass, of, why := h.Store.Matches(r.Context(), id, to)
			says = "Only leads that pass " + to.Name + " are dialed" + counted(pass, of, why) + "."
		}
	}
	return h.done(w, r, "filter", f, err, says)
}

// count shows the form again with how many leads pass.
func (h *Handler) count(w http.ResponseWriter, r *http.Request, f *form.Form, to facts.LeadFilter) error {
	pass, of, err := h.Store.Matches(r.Context(), campaign(r), to)
	var why *dialer.Problem
	switch {
	case errors.As(err, &why) && errors.Is(err, dialer.ErrInvalid):
		f.Notice = why.Sentence
		return h.show(w, r, http.StatusUnprocessableEntity, "filter", f, nil)
	case errors.As(err, &why):
		f.Set("counted", why.Sentence)
	case err != nil:
		return err
	case of == 0:
		f.Set("counted", "The campaign's lists have no leads.")
	case pass == 0:
		f.Set("counted", fmt.Sprintf("No lead passes, of %s: with this filter nothing is dialed.", ui.Count(of)))
	default:
		f.Set("counted", fmt.Sprintf("%s of %s leads pass.", ui.Count(pass), ui.Count(of)))
	}
	return h.show(w, r, http.StatusOK, "filter", f, nil)
}

// counted says behind a filter's name how many leads pass it, if that is known.
func counted(pass, of int, err error) string {
	switch {
	case err != nil || of == 0:
		return ""
	case pass == 0:
		return fmt.Sprintf(": none of %s, so nothing is", ui.Count(of))
	}
	return fmt.Sprintf(": %s of %s", ui.Count(pass), ui.Count(of))
}

// nodesOf are the tree's places as the form has them, those that make no sense
// left out.
func nodesOf(f *form.Form) []string {
	var nodes []string
	for _, n := range f.All("node") {
		if nodeForm.MatchString(n) && len(nodes) < mostNodes && !slices.Contains(nodes, n) && (above(n) == "" || slices.Contains(nodes, "g"+above(n))) {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// above is the place of the group that a node is in; "": the whole filter.
func above(node string) string {
	place := node[1:]
	return place[:max(0, strings.LastIndexByte(place, '.'))]
}

// depth is in how many groups a place is.
func depth(place string) int {
	if place == "" {
		return 0
	}
	return strings.Count(place, ".") + 1
}

// edited is the tree after a change, and the place that the reader goes on at.
func edited(nodes []string, do, at string) ([]string, string) {
	if do == "remove" {
		return slices.DeleteFunc(nodes, func(n string) bool { return n[1:] == at || strings.HasPrefix(n[1:], at+".") }), ""
	}
	known := at == "" || slices.Contains(nodes, "g"+at)
	if !known || depth(at) > groupDepth || do == "group" && depth(at) == groupDepth {
		return nodes, ""
	}
	// Behind the last of the group, with a number that none of it has.
	next, behind := 0, len(nodes)
	for i, n := range nodes {
		if above(n) == at {
			last, _ := strconv.Atoi(n[strings.LastIndexAny(n, "cg.")+1:])
			next = max(next, last+1)
		}
		if at != "" && (n[1:] == at || strings.HasPrefix(n[1:], at+".")) {
			behind = i + 1
		}
	}
	place := strconv.Itoa(next)
	if at != "" {
		place = at + "." + place
	}
	if do == "group" {
		return slices.Insert(nodes, behind, "g"+place, "c"+place+".0"), place + ".0"
	}
	return slices.Insert(nodes, behind, "c"+place), place
}

// typedFilter is the tree with its answers. Conditions without a field are left
// out.
func typedFilter(f *form.Form, nodes []string) facts.LeadFilter {
	root := facts.LeadFilter{Any: f.Value("any") == "any"}
	groups := map[string]*facts.LeadFilter{"": &root}
	for _, n := range nodes {
		in, place := groups[above(n)], n[1:]
		if n[0] == 'g' {
			group := &facts.LeadFilter{Any: f.Value("any_"+place) == "any"}
			groups[place] = group
			in.Where = append(in.Where, facts.LeadCondition{Group: group})
			continue
		}
		field := f.Line("field_"+place, 50)
		if custom := f.Line("custom_"+place, 40); custom != "" {
			field = "custom." + custom
		}
		c := facts.LeadCondition{Field: field, Op: f.Line("op_"+place, 30), Values: f.Line("values_"+place, 4000)}
		switch {
		case field != "":
			in.Where = append(in.Where, c)
		case c.Values != "":
			f.Fail("field_"+place, "Choose the field that is tested, or remove the condition.")
		}
	}
	return root
}

// spread fills a form's fields with a filter's conditions, at a place.
func spread(shown facts.LeadFilter, at string, filled map[string]string) (nodes []string) {
	for i, c := range shown.Where {
		place := strconv.Itoa(i)
		if at != "" {
			place = at + "." + place
		}
		if c.Group != nil {
			filled["any_"+place] = anyWord(c.Group.Any)
			nodes = append(append(nodes, "g"+place), spread(*c.Group, place, filled)...)
			continue
		}
		nodes = append(nodes, "c"+place)
		filled["field_"+place], filled["op_"+place], filled["values_"+place] = c.Field, c.Op, c.Values
		if custom, ok := strings.CutPrefix(c.Field, "custom."); ok {
			filled["field_"+place], filled["custom_"+place] = "", custom
		}
	}
	return nodes
}

func anyWord(one bool) string {
	if one {
		return "any"
	}
	return "all"
}

// node is a condition or a group as the page draws it.
type node struct {
	Place string // "": the whole filter
	Says  string // how it is called: "2", "2.1"
	Group bool
	May   bool // hold another group
	Nodes []node
}

// treeOf is what stands at and below a place.
func treeOf(nodes []string, at string) node {
	here := node{Place: at, Group: true, May: depth(at) < groupDepth}
	for _, n := range nodes {
		if above(n) != at {
			continue
		}
		one := node{Place: n[1:]}
		if n[0] == 'g' {
			one = treeOf(nodes, n[1:])
		}
		here.Nodes = append(here.Nodes, one)
	}
	return here.called("")
}

// called gives all of the tree their names, from the place above on.
func (n node) called(by string) node {
	for i := range n.Nodes {
		n.Nodes[i].Says = by + strconv.Itoa(i+1)
		n.Nodes[i] = n.Nodes[i].called(n.Nodes[i].Says + ".")
	}
	return n
}

// answers are what a condition is made of.
var answers = []string{"field_", "custom_", "op_", "values_"}

// wholes are the two ways in which conditions make a whole.
var wholes = []ui.Choice{{Value: "all", Name: "all of it holds"}, {Value: "any", Name: "one of it holds"}}

// inGroup says what a button does in which group.
func inGroup(says string, g node) string {
	if g.Place == "" {
		return says
	}
	return says + " to group " + g.Says
}

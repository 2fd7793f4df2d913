package ami

import (
	"errors"
	"maps"
	"testing"
)

func TestDatabase(t *testing.T) {
	deleted, put, set := "", "", ""
	c := start(t, Config{}, each(func(p *peer, a Event) bool {
		id := "ActionID: " + a.ActionID()
		switch a.Get("Action") {
		case "DBGetTree":
			p.ok(a, "EventList: start", "Message: Result will follow")
			p.send("Event: DBGetTreeResponse", id, "Key: /"+a.Get("Family")+"/7", "Val: sent|1%s: 2")
			p.send("Event: UserEvent", "Key: /calls/9")
			p.send("Event: DBGetTreeResponse", id, "Key: /"+a.Get("Family")+"/8", "Val: ")
			p.send("Event: DBGetTreeComplete", id, "EventList: Complete", "ListItems: 2")
			return true
		case "DBDel":
			if a.Get("Key") == "gone" {
				p.send("Response: Error", id, "Message: Database entry not found")
				return true
			}
			deleted = a.Get("Family") + "/" + a.Get("Key")
		case "DBPut":
			put = a.Get("Family") + "/" + a.Get("Key") + "=" + a.Get("Val")
		case "Setvar":
			if a.Get("Channel") == "gone" {
				p.send("Response: Error", id, "Message: No such channel")
				return true
			}
			set = a.Get("Channel") + " " + a.Get("Variable") + "=" + a.Get("Value")
			if a.Get("Variable") == "NONE(x)" {
				p.send("Response: Error", id, "Message: Variable not set")
				return true
			}
		}
		return false
	}))
	wait(t, c)
	all, err := c.DBTree(t.Context(), "calls")
	must(t, err == nil && maps.Equal(all, map[string]string{"7": "sent|1%s: 2", "8": ""}), "tree: %q, %v", all, err)
	err = c.DBDel(t.Context(), "calls", "7")
	must(t, err == nil && deleted == "calls/7", "deleted %q, %v", deleted, err)
	err = c.DBDel(t.Context(), "calls", "gone")
	must(t, err == nil, "one that is not there: %v", err)
	var refused *ActionError
	err = c.Setvar(t.Context(), "NONE(x)", "1")
	must(t, errors.As(err, &refused), "a function that is not there: %v", err)
	must(t, c.DBPut(t.Context(), "calls", "9", "sent") == nil && c.SetChannelVariable(t.Context(), "PJSIP/x-1", "A", "b") == nil, "refused")
	must(t, put == "calls/9=sent" && set == "PJSIP/x-1 A=b", "put %q, set %q", put, set)
	err = c.SetChannelVariable(t.Context(), "gone", "A", "b")
	must(t, errors.As(err, &refused), "a channel that is gone: %v", err)
	var bad *HeaderError
	for _, family := range []string{"", "a/b", "a\r\nAction: Originate"} {
		_, err = c.DBTree(t.Context(), family)
		must(t, errors.As(err, &bad), "family %q: %v", family, err)
		err = c.DBDel(t.Context(), family, "1")
		must(t, errors.As(err, &bad), "family %q: %v", family, err)
		err = c.DBPut(t.Context(), family, "1", "x")
		must(t, errors.As(err, &bad), "family %q: %v", family, err)
	}
	for what, err := range map[string]error{
		"DBDel": c.DBDel(t.Context(), "a", "1\r\nX: y"), "Setvar": c.Setvar(t.Context(), "a\n", "1"), "Setvar value": c.Setvar(t.Context(), "a", "1\r\n"),
	} {
		must(t, errors.As(err, &bad), "%s: %v", what, err)
	}
}

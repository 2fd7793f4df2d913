package script

import (
	"strings"
	"testing"

	"trunkline/dialer"
)

func TestScriptsBecomeTheCallsOwn(t *testing.T) {
	call := Call{Agent: "Nadia", User: "Nadia K.", Campaign: "Autumn", Lead: dialer.Lead{FirstName: "Marisol", LastName: "O'Neill <b>", City: "Ohio & more"}}
	for body, want := range map[string]string{
		"Hello {first_name},\nhere is {agent}.\n\nBye": "<p>Hello <mark>Marisol</mark>,<br>here is <mark>Nadia</mark>.</p><p>Bye</p>",
		"--A--first_name--B-- from {city}":             "<p><mark>Marisol</mark> from <mark>Ohio &amp; more</mark></p>",
		"{last_name}":                                  "<p><mark>O&#39;Neill &lt;b&gt;</mark></p>",
		"<p>Kept <b>as is</b></p>":                     "<p>Kept <b>as is</b></p>",
		"{no_such}":                                    "<p>{no_such}</p>",
		"This is {user}. I am {agent}.":                "<p>This is <mark>Nadia K.</mark> I am <mark>Nadia</mark>.</p>",
		"Wait, {user}... Well":                         "<p>Wait, <mark>Nadia K.</mark>... Well</p>",
	} {
		if got := HTML(body, call); got != want {
			t.Errorf("%q became %q", body, got)
		}
	}
	if got := Unknown("{first_name} {no_such} --A--pin--B--"); strings.Join(got, " ") != "{no_such} --A--pin--B--" {
		t.Errorf("unknown %v", got)
	}
	for _, name := range Names {
		if len(Unknown("{"+name+"}")) != 0 {
			t.Errorf("%s is offered and unknown", name)
		}
	}
}

// Neither the script nor the lead's data gets anything that runs past.
func TestNothingThatRunsIsLeft(t *testing.T) {
	for _, evil := range []string{
		`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `<a href="javascript:alert(1)">x</a>`, `<p style="x" onclick="alert(1)">x</p>`,
		`<svg onload=alert(1)>`, `<iframe src="//evil.example"></iframe>`, `<a href="data:text/html,<script>alert(1)</script>">x</a>`,
		`<form action="//evil.example"><input></form>`, `<scr<script>ipt>alert(1)</script>`, `<p><style>@import "//evil.example"</style></p>`,
	} {
		for _, got := range []string{HTML(evil, Call{}), HTML("{comments}", Call{Lead: dialer.Lead{Comments: evil}})} {
			low := strings.ToLower(got)
			for _, bad := range []string{"<script", "<img", "<svg", "<iframe", "<form", "<input", "<style", "<a href=\"javascript", "<a href=\"data", "<p style", "<p onclick"} {
				if strings.Contains(low, bad) {
					t.Errorf("%q left %q", evil, got)
				}
			}
		}
	}
}

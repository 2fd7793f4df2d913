package campaigns

import (
	"strings"

	"trunkline/webui/ui"
)

// leadSettings are those of the order in which leads are dialed.
var leadSettings = []setting{
	{Section: "leads", Field: ui.Field{Name: "lead_order", Label: "Lead order", Kind: ui.Select, Choices: leadOrders(), Help: "What is recycled goes first, longest due before the rest. By last name, phone or owner all dialable leads are sorted as a whole, once for some thousand calls: in a campaign of millions that takes a while."}},
}

// leadOrders are VICIdial's lead orders by their names, each with what it means.
func leadOrders() []ui.Choice {
	keys := []struct{ name, down, up string }{
		{"", "oldest lead first", "newest lead first"},
		{" RANK", "lowest rank first", "highest rank first"},
		{" COUNT", "fewest calls first", "most calls first"},
		{" LAST CALL TIME", "longest not called first", "last called first"},
		{" TIMEZONE", "from west to east", "from east to west"},
		{" LAST NAME", "last name A to Z", "last name Z to A"},
		{" PHONE", "phone number ascending", "phone number descending"},
		{" OWNER", "owner A to Z", "owner Z to A"},
	}
	var all []ui.Choice
	for _, every := range []string{"", "2nd", "3rd", "4th", "5th", "6th"} {
		suffix, says := "", ""
		if every != "" {
			suffix, says = " "+every+" NEW", ", every "+every+" one a new lead"
		}
		for _, k := range keys {
			all = append(all, ui.Choice{Value: "DOWN" + k.name + suffix, Name: strings.TrimSpace("DOWN"+k.name+suffix) + ": " + k.down + says},
				ui.Choice{Value: "UP" + k.name + suffix, Name: "UP" + k.name + suffix + ": " + k.up + says})
		}
		all = append(all, ui.Choice{Value: "RANDOM" + suffix, Name: "RANDOM" + suffix + ": by lot" + says})
	}
	return all
}

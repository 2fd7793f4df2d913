package campaigns

import (
	"fmt"
	"strconv"

	"trunkline/dialer"
	"trunkline/webui/form"
	"trunkline/webui/ui"
)

// adaptSettings are VICIdial's, for those who come with a campaign that is tuned:
// they mean what they mean there. PREDICTIVE obeys none of them.
var adaptSettings = []setting{
	{Section: "adapt", Field: ui.Field{Name: "available_only", Label: "Count only agents who wait", Kind: ui.Check, Help: "For RATIO and ADAPT: off, agents on a call count too, as they will soon be free; then more calls are placed and more are dropped."}},
	{Section: "adapt", Field: ui.Field{Name: "intensity", Label: "Intensity", Kind: ui.Number, Unit: "%", Help: "For ADAPT: above 0 the level climbs faster and falls slower, below 0 the other way round."}, Read: whole(-100, 100)},
	{Section: "adapt", Field: ui.Field{Name: "diff_target", Label: "Difference target", Kind: ui.Number, Unit: "agents", Help: "-3 keeps three agents waiting, 3 keeps three calls waiting; 0 evens them out. VICIdial's adaptive_dl_diff_target."}, Read: whole(-40, 40)},
	{Section: "adapt", Field: ui.Field{Name: "diff_method", Label: "Where it counts", Kind: ui.Select, Choices: diffMethods, Help: "Whether the difference target only moves the level, or is added to the agents as well when calls are placed. VICIdial's dl_diff_target_method."}},
	{Section: "adapt", Field: ui.Field{Name: "available_count", Label: "Only agents who wait, below", Kind: ui.Select, Choices: agentCounts, Help: "With fewer of these agents than the number, agents on a call do not count. VICIdial's available_only_tally_threshold and its _agents."}, Beside: &setting{
		Field: ui.Field{Name: "available_below", Label: "Number of agents below which only those who wait count", Kind: ui.Number, Unit: "agents"}, Read: whole(0, 999),
	}},
	{Section: "adapt", Field: ui.Field{Name: "level_one_count", Label: "Level 1, below", Kind: ui.Select, Choices: agentCounts, Help: "With fewer of these agents than the number the dial level is 1. VICIdial's dial_level_threshold and its _agents."}, Beside: &setting{
		Field: ui.Field{Name: "level_one_below", Label: "Number of agents below which the dial level is 1", Kind: ui.Number, Unit: "agents"}, Read: whole(0, 999),
	}},
	{Section: "adapt", Field: ui.Field{Name: "latest_time", Label: "Latest time", Kind: ui.Clock, Help: "By the server's clock: when ADAPT_TAPERED has come down to level 1 above the drop limit. VICIdial's adaptive_latest_server_time."}, Show: hhmmToClock, Read: clockHHMM},
	{Section: "adapt", Field: ui.Field{Name: "incall_threshold_s", Label: "Talks that count", Kind: ui.Number, Unit: "s", Help: "Agents who have talked for longer do not count; 0 counts all. VICIdial's incall_tally_threshold_seconds."}, Read: whole(0, 32000)},

	{Section: "machines", Field: ui.Field{Name: "amd_mistaken_percent", Label: "People taken for machines", Kind: ui.Number, Unit: "%", Help: "Your estimate of detection's mistakes. UK rules count these people as dropped."}, Read: decimal(0, 50, 2)},
}

var diffMethods = []ui.Choice{
	{Value: string(dialer.DiffCalc), Name: "Only for the level"},
	{Value: string(dialer.DiffPlaced), Name: "When calls are placed, too"},
}

var agentCounts = []ui.Choice{
	{Value: string(dialer.CountOff), Name: "Off"},
	{Value: string(dialer.CountLoggedIn), Name: "Agents signed in"},
	{Value: string(dialer.CountNonPaused), Name: "Agents not paused"},
	{Value: string(dialer.CountWaiting), Name: "Agents who wait"},
}

// VICIdial's times of day are HHMM as one number.
func hhmmToClock(stored string) string {
	n := minutes(stored)
	return form.ClockText(n/100*60 + n%100)
}

func clockHHMM(f *form.Form, name string) string {
	m := f.Clock(name)
	text := strconv.Itoa(m/60*100 + m%60)
	if m == 0 && f.Error(name) == "" {
		f.Fail(name, fmt.Sprintf("Enter a time of the day, such as 21:00; midnight at its end is %s.", form.ClockText(1440)))
	}
	return text
}

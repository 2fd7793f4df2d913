package campaigns

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/ui"
)

// section is a page of settings. One that is behind another holds what few
// campaigns need: it is reached from there, and is no tab.
type section struct{ Key, Name, Says, Behind string }

// sections are the pages of settings, in their order. All settings in sight, those
// of which leads are dialed among them, are 40 at most: more than that nobody keeps
// in mind. What few need goes behind.
var sections = []section{
	{"dialing", "Dialing", "How many calls are placed, over which carrier, and which number people see.", ""},
	{"drops", "No agent free", "What happens to somebody who answers when no agent is free, and how often that may be.", ""},
	{"machines", "Machines and recording", "What is done about answering machines, and which calls are recorded.", ""},
	{"leads", "Leads", "Which leads are dialed.", ""},
	{"hours", "Hours and rules", "When people may be called, and how often. The rules of federal and state law are applied on top and cannot be switched off here.", ""},
	{"desk", "Agent desk", "What agents have on their screen.", ""},
	{"adapt", "VICIdial's methods", "What RATIO and the ADAPT methods obey besides. PREDICTIVE and PROGRESSIVE need none of it.", "dialing"},
}

// count is how many settings the page has.
func (s section) count() int {
	n := 0
	for _, one := range settings {
		if one.Section == s.Key {
			n++
		}
	}
	return n
}

// behind are the pages of settings that are reached from this one.
func (s section) behind() []section {
	return slices.DeleteFunc(slices.Clone(sections), func(o section) bool { return o.Behind != s.Key })
}

// setting is one setting of a campaign: a question, how its answer is checked,
// and the column that keeps it (Field.Name, which is also in the statements
// setting-names and campaign-settings-save). To add a setting, add a row to
// settings, the column to those two statements, and a migration.
type setting struct {
	ui.Field
	Section string
	// Beside is a second half of the same question, such as the number that goes
	// with a choice; it has a column of its own.
	Beside *setting
	// Read checks what was typed and gives the column's text; what is wrong it
	// notes in the form.
	Read func(f *form.Form, name string) string
	// Show turns the column's text into that of the control; nil: it is the same.
	Show func(stored string) string
	// Note is said beside the help of a value that stands in the control, "": nothing;
	// nil: of none.
	Note func(choices []ui.Choice, value string) string
	// Choose gives the choices that the database knows; nil: those of Field.
	Choose func(o offers) []ui.Choice
}

// offers are what some settings choose from.
type offers struct {
	carriers []facts.CarrierChoice
	scripts  []facts.Script
	sounds   []facts.Sound
	inGroups []dialer.InGroup
	statuses []facts.SetStatus
	self     dialer.CampaignID
}

var settings = slices.Concat([]setting{
	{Section: "dialing", Field: ui.Field{Name: "name", Label: "Name", Help: "Agents and reports show it.", Needed: true}, Read: func(f *form.Form, name string) string {
		return f.Needed(name, 80, "Enter a name, such as Autumn energy review.")
	}},
	{Section: "dialing", Field: ui.Field{Name: "dial_method", Label: "Dial method", Kind: ui.Select, Choices: methods, Help: "PREDICTIVE places calls ahead, learnt from the campaign's own calls, and keeps within the drop limit. RATIO places a fixed number for each ready agent. The ADAPT methods move the level as VICIdial does. MANUAL dials nothing by itself."}},
	{Section: "dialing", Field: ui.Field{Name: "dial_level", Label: "Dial level", Kind: ui.Number, Unit: "per agent", Help: "For RATIO, and where the ADAPT methods begin. 1 never drops anybody; more keeps agents busier and drops more; 0 places none."}, Read: decimal(0, 20, 2)},
	{Section: "dialing", Field: ui.Field{Name: "max_level", Label: "Highest dial level", Kind: ui.Number, Unit: "per agent", Help: "No method goes beyond it, whatever the calls say."}, Read: decimal(1, 20, 2)},
	{Section: "dialing", Field: ui.Field{Name: "dial_timeout_s", Label: "Ring time", Kind: ui.Number, Unit: "s", Help: "How long a phone rings before the call is given up. US rules ask for 15 s or four rings at least (47 CFR 64.1200(a)(6)); most people who answer do so within 20 s."}, Read: whole(15, 120)},
	{Section: "dialing", Field: ui.Field{Name: "carrier_id", Label: "Carrier", Kind: ui.Select, Help: "The trunk that carries the calls."}, Choose: func(o offers) []ui.Choice {
		var all []ui.Choice
		for _, c := range o.carriers {
			name := c.Name
			if !c.Active {
				name += " (switched off)"
			}
			all = append(all, ui.Choice{Value: strconv.FormatInt(int64(c.ID), 10), Name: name})
		}
		return all
	}},
	{Section: "dialing", Field: ui.Field{Name: "caller_id", Label: "Caller ID", Mono: true, Hint: "614 555 0100", Help: "The number that people see and may call back. It must be yours: carriers refuse others, and the law asks for one that answers."}, Read: callerID},

	{Section: "drops", Field: ui.Field{Name: "drop_rule", Label: "Whose law", Kind: ui.Select, Choices: laws, Help: "Bounds the share of dropped calls over its own window; dialing holds back before the limit is reached."}},
	{Section: "drops", Field: ui.Field{Name: "drop_percent", Label: "Drop limit", Kind: ui.Number, Unit: "%", Help: "The highest share of live answers that may find no agent. Below the law's, it makes agents wait a little longer; above it, the law's limit holds."}, Read: decimal(0.1, 100, 2)},
	{Section: "drops", Field: ui.Field{Name: "drop_ms", Label: "Wait for an agent", Kind: ui.Number, Unit: "s", Help: "An answered call that finds no agent in that time counts as dropped. The law says 2 s."}, Show: msToSeconds, Read: func(f *form.Form, name string) string {
		return strconv.Itoa(int(f.Decimal(name, 0.5, 10, 3, "s")*1000 + 0.5))
	}},
	{Section: "drops", Field: ui.Field{Name: "drop_action", Label: "When no agent is free", Kind: ui.Select, Choices: dropActions, Help: "What somebody hears who found no agent. The law asks for a message that says who called."}},
	{Section: "drops", Field: ui.Field{Name: "safe_harbour", Label: "Safe-harbour message", Mono: true, Hint: "built-in message", Help: "The sound that says who called and offers never to call again: one of yours, uploaded under Sounds, or one of Asterisk's by its name. Empty plays the built-in one, without your name."}, Read: sound, Choose: ourSounds, Note: elsewhere},
	{Section: "drops", Field: ui.Field{Name: "in_group", Label: "In-group", Kind: ui.Select, Help: "For waiting in an in-group: which. It says whose agents take the call, what is heard meanwhile, and for how long."}, Choose: func(o offers) []ui.Choice {
		all := []ui.Choice{{Value: "", Name: "None"}}
		for _, g := range o.inGroups {
			if !g.Archived {
				all = append(all, ui.Choice{Value: string(g.ID), Name: g.Name})
			}
		}
		return all
	}},

	{Section: "machines", Field: ui.Field{Name: "amd", Label: "Answering machines", Kind: ui.Select, Choices: machines, Help: "Detection listens to the greeting for a moment before the agent hears it, and takes a few people for machines."}},
	{Section: "machines", Field: ui.Field{Name: "voicemail", Label: "Message for machines", Mono: true, Help: "The sound that is left after the beep, by detection or by an agent's key: one of yours, uploaded under Sounds, or one of Asterisk's by its name. Empty: agents have no such key."}, Read: sound, Choose: ourSounds, Note: elsewhere},
	{Section: "machines", Field: ui.Field{Name: "record", Label: "Recording", Kind: ui.Select, Choices: recordings, Help: "From the moment the customer meets the agent until the customer hangs up. Some states want both sides to agree to it: the setting Recording announcement tells them."}},
	{Section: "machines", Field: ui.Field{Name: "record_notice", Label: "Recording announcement", Mono: true, Help: "The sound that both sides hear as a recording begins, where the customer's state asks for it: one of yours, uploaded under Sounds, or one of Asterisk's by its name. Empty: there the agent has to say that the call is recorded."}, Read: sound, Choose: ourSounds, Note: elsewhere},

	{Section: "leads", Field: ui.Field{Name: "dial_statuses", Label: "Statuses dialed", Kind: ui.Checks, Help: "Leads with one of these are dialed; all others are left alone until their list is reset."}, Choose: func(o offers) []ui.Choice {
		all := ui.Statuses(slices.DeleteFunc(slices.Clone(o.statuses), func(s facts.SetStatus) bool {
			return s.Status == "QUEUE" || s.Status == "INCALL" || s.Status == "DNC" // on its way, or never to be called
		}))
		// Where dialing begins.
		if i := slices.IndexFunc(all, func(c ui.Choice) bool { return c.Value == string(dialer.StatusNew) && c.Group == "Other" }); i > 0 {
			first := all[i]
			first.Group = ""
			all = slices.Insert(slices.Delete(all, i, i+1), 0, first)
		}
		return all
	}},
	{Section: "leads", Field: ui.Field{Name: "hopper_level", Label: "Hopper", Kind: ui.Number, Unit: "leads", Help: "Leads kept ready to dial. 0 works it out from the agents and the dial level, which is right unless lists are tiny or filters slow."}, Read: whole(0, 20000)},

	{Section: "hours", Field: ui.Field{Name: "call_from_min", Label: "Calling hours begin", Kind: ui.Clock, Help: "By the customer's own clock; where a number may lie in several zones, in all of them."}, Show: minutesToClock, Read: clockMinutes},
	{Section: "hours", Field: ui.Field{Name: "call_to_min", Label: "Calling hours end", Kind: ui.Clock, Help: "The last call is placed before that; 24:00 is midnight. Federal law ends at 21:00."}, Show: minutesToClock, Read: clockMinutes},
	{Section: "hours", Field: ui.Field{Name: "debt", Label: "It collects debts", Kind: ui.Check, Help: "Regulation F holds then: at most 7 calls in 7 days about one debt, and none for 7 days after a talk (12 CFR 1006.14)."}},
	{Section: "hours", Field: ui.Field{Name: "max_attempts", Label: "Most tries of a lead", Kind: ui.Number, Unit: "calls", Help: "Ever, over all its days; 0 sets no limit."}, Read: whole(0, 999)},
	{Section: "hours", Field: ui.Field{Name: "max_per_day", Label: "Most calls to a number a day", Kind: ui.Number, Unit: "calls", Help: "On one of the customer's days, by all campaigns together; 0 sets no limit."}, Read: whole(0, 99)},
	{Section: "hours", Field: ui.Field{Name: "max_per_24h", Label: "Most calls to a number in 24 hours", Kind: ui.Number, Unit: "calls", Help: "By all campaigns together; 0 sets no limit. Several states have limits of their own."}, Read: whole(0, 99)},
	{Section: "hours", Field: ui.Field{Name: "max_by_state", Label: "In these states", Mono: true, Hint: "FL=3 OK=3", Help: "That limit by state, as FL=3 OK=3; the stricter of the two holds."}, Read: byState},
	{Section: "hours", Field: ui.Field{Name: "drop_lockout_h", Label: "Rest after a drop", Kind: ui.Number, Unit: "hours", Help: "How long somebody who found no agent is not called again. UK rules ask for 72 hours; 0 sets no rest."}, Read: whole(0, 720)},

	{Section: "desk", Field: ui.Field{Name: "script_id", Label: "Script", Kind: ui.Select, Help: "What agents read aloud when the call is there."}, Choose: func(o offers) []ui.Choice {
		all := []ui.Choice{{Value: "", Name: "The built-in opening"}}
		for _, s := range o.scripts {
			if s.Campaign == "" || s.Campaign == o.self {
				all = append(all, ui.Choice{Value: s.ID, Name: s.Name})
			}
		}
		return all
	}},
	{Section: "desk", Field: ui.Field{Name: "preview_s", Label: "Preview", Kind: ui.Number, Unit: "s", Help: "How long an agent looks at a lead before it is dialed by itself; giving it back is always possible. 0 waits for the agent."}, Read: whole(0, 600)},
	{Section: "desk", Field: ui.Field{Name: "hold_music", Label: "Music on hold", Mono: true, Hint: "default", Help: "What customers hear on hold: one of your sounds, uploaded under Sounds and played over and over, or a class of Asterisk's music on hold by its name. Empty: Asterisk's default."}, Read: music, Choose: ourSounds},
}, leadSettings, adaptSettings)

var methods = []ui.Choice{
	{Value: string(dialer.DialPredictive), Name: "PREDICTIVE, recommended", Help: "Places calls ahead so that agents rarely wait, and keeps within the legal drop limit. It starts carefully: a young campaign cannot afford a drop."},
	{Value: string(dialer.DialProgressive), Name: "PROGRESSIVE", Help: "One call for each agent who waits: nobody is ever dropped."},
	{Value: string(dialer.DialRatio), Name: "RATIO", Help: "A fixed number of calls for each ready agent. At 1 nobody is ever dropped."},
	{Value: string(dialer.DialHardLimit), Name: "ADAPT_HARD_LIMIT", Help: "Moves the level as VICIdial does, and stops above the drop limit."},
	{Value: string(dialer.DialTapered), Name: "ADAPT_TAPERED", Help: "As VICIdial does, strict only towards the evening."},
	{Value: string(dialer.DialAverage), Name: "ADAPT_AVERAGE", Help: "As VICIdial does, the drop limit being an average."},
	{Value: string(dialer.DialManual), Name: "MANUAL", Help: "The agent sees the lead first and starts each call."},
}

var laws = []ui.Choice{
	{Value: string(dialer.DropUS), Name: "US: 3 % in 30 days"},
	{Value: string(dialer.DropUK), Name: "UK: 3 % in 24 hours"},
	{Value: string(dialer.DropCA), Name: "Canada: 5 % in a month"},
}

var dropActions = []ui.Choice{
	{Value: string(dialer.DropMessage), Name: "Play the safe-harbour message"},
	{Value: string(dialer.DropInGroup), Name: "Wait in an in-group"},
	{Value: string(dialer.DropHangup), Name: "Hang up (not allowed in the US)"},
}

var machines = []ui.Choice{
	{Value: string(dialer.AMDOff), Name: "Detection off: all to agents"},
	{Value: string(dialer.AMDDrop), Name: "Detect and hang up"},
	{Value: string(dialer.AMDMessage), Name: "Leave a message after the beep"},
	{Value: string(dialer.AMDAgent), Name: "Detect, and to an agent"},
}

var recordings = []ui.Choice{
	{Value: string(dialer.RecordAll), Name: "Every call; agents may pause it"},
	{Value: string(dialer.RecordForced), Name: "Every call, whole"},
	{Value: string(dialer.RecordDemand), Name: "On an agent's key"},
	{Value: string(dialer.RecordNever), Name: "None"},
}

// of are the settings of a section, with what they choose from.
func (s section) of(o offers) []setting {
	var mine []setting
	for _, one := range settings {
		if one.Section != s.Key {
			continue
		}
		mine = append(mine, one.offering(o))
	}
	return mine
}

func (s setting) offering(o offers) setting {
	if s.Choose != nil {
		s.Choices = s.Choose(o)
	}
	if s.Beside != nil {
		s.Field.Beside = &s.Beside.Field
	}
	return s
}

// columns are settings with the halves that stand beside them, each by itself:
// one for each column.
func columns(all []setting) []setting {
	var each []setting
	for _, s := range all {
		each = append(each, s)
		if s.Beside != nil {
			each = append(each, *s.Beside)
		}
	}
	return each
}

// sectionOf is the page of settings on which a setting is.
func sectionOf(name string) string {
	for _, s := range settings {
		if s.Name == name || s.Beside != nil && s.Beside.Name == name {
			return s.Section
		}
	}
	return sections[0].Key
}

// fields are the questions of settings.
func fields(all []setting) []ui.Field {
	var f []ui.Field
	for _, s := range all {
		f = append(f, s.Field)
	}
	return f
}

// fill puts what is stored into a form.
func fill(f *form.Form, all []setting, stored facts.Settings) {
	for _, s := range columns(all) {
		text := stored[s.Name]
		if s.Show != nil {
			text = s.Show(text)
		}
		switch s.Kind {
		case ui.Check:
			f.Set(s.Name, form.BoolText(text == "1"))
		case ui.Checks:
			f.Set(s.Name, strings.Fields(text)...)
		default:
			f.Set(s.Name, text)
		}
	}
}

// read gives what was typed for settings, by column, and checks it.
func read(f *form.Form, all []setting) facts.Settings {
	typed := facts.Settings{}
	for _, s := range columns(all) {
		switch {
		case s.Read != nil:
			typed[s.Name] = s.Read(f, s.Name)
			if ours := strings.HasPrefix(typed[s.Name], dialer.SoundPrefix); ours && s.Kind == ui.Line && !slices.Contains(ui.Values(s.Choices), typed[s.Name]) {
				f.Fail(s.Name, "There is no such sound. Choose one of those offered, or upload it under Sounds first.")
			}
		case s.Kind == ui.Check:
			typed[s.Name] = "0"
			if f.Bool(s.Name) {
				typed[s.Name] = "1"
			}
		case s.Kind == ui.Checks:
			typed[s.Name] = strings.Join(f.Some(s.Name, "Choose at least one.", ui.Values(s.Choices)...), " ")
		case s.Choices != nil:
			typed[s.Name] = f.Choice(s.Name, ui.Values(s.Choices)...)
		}
	}
	together(f, typed)
	return typed
}

// together checks what only several answers show.
func together(f *form.Form, s facts.Settings) {
	from, to := s["call_from_min"], s["call_to_min"]
	if from != "" && to != "" && f.Error("call_from_min") == "" && f.Error("call_to_min") == "" && minutes(from) >= minutes(to) {
		f.Fail("call_to_min", "The hours end before they begin. Enter a later time.")
	}
	if s["drop_action"] == string(dialer.DropInGroup) && s["in_group"] == "" {
		f.Fail("in_group", "Choose the in-group in which the call waits, or play the message instead.")
	}
	if s["amd"] == string(dialer.AMDMessage) && s["voicemail"] == "" && f.Error("voicemail") == "" {
		f.Fail("voicemail", "There is no message to leave. Enter the name of a sound, or hang up on machines.")
	}
}

func minutes(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

func whole(least, most int) func(*form.Form, string) string {
	return func(f *form.Form, name string) string { return strconv.Itoa(f.Int(name, least, most, "")) }
}

func decimal(least, most float64, places int) func(*form.Form, string) string {
	return func(f *form.Form, name string) string {
		return strconv.FormatFloat(f.Decimal(name, least, most, places, ""), 'f', -1, 64)
	}
}

func clockMinutes(f *form.Form, name string) string { return strconv.Itoa(f.Clock(name)) }

func minutesToClock(stored string) string { return form.ClockText(minutes(stored)) }

func msToSeconds(stored string) string {
	return strconv.FormatFloat(float64(minutes(stored))/1000, 'f', -1, 64)
}

var (
	musicForm = regexp.MustCompile(`^((trunkline/)?[A-Za-z0-9_.-]{1,60})?$`)
	soundForm = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9/_-]{0,127})?$`)
	stateForm = regexp.MustCompile(`^([A-Z]{2}=[0-9]{1,2}( [A-Z]{2}=[0-9]{1,2})*)?$`)
	notDigits = regexp.MustCompile(`[\s().+-]`)
	digits    = regexp.MustCompile(`^[0-9]{10,15}$`)
)

func sound(f *form.Form, name string) string {
	return f.Match(name, soundForm, "Choose one of your sounds, or enter the name of one of Asterisk's without its ending: letters, digits, dashes and slashes.")
}

// music takes a sound of ours, or a class of Asterisk's music on hold.
func music(f *form.Form, name string) string {
	return f.Match(name, musicForm, "Choose one of your sounds, or enter the name of a class of Asterisk's music on hold: letters, digits, dots and dashes.")
}

// ourSounds are those that were uploaded; any other name is Asterisk's.
func ourSounds(o offers) []ui.Choice {
	return ui.Sounds(o.sounds)
}

// elsewhere says where a sound has to lie that is none of ours. Nobody asks the
// telephony servers what they have.
func elsewhere(ours []ui.Choice, name string) string {
	if name == "" || slices.ContainsFunc(ours, func(c ui.Choice) bool { return c.Value == name }) {
		return ""
	}
	return name + " is not one of your sounds: it has to lie among Asterisk's on every telephony server, on Debian in /usr/share/asterisk/sounds/en." +
		" This page cannot see whether it does; where it is missing, nothing is heard."
}

// callerID takes a number as people write it; ten digits are North American.
func callerID(f *form.Form, name string) string {
	n := notDigits.ReplaceAllString(f.Line(name, 40), "")
	if f.Error(name) != "" {
		return ""
	}
	if !digits.MatchString(n) {
		f.Fail(name, "Enter a number with its area code, such as 614 555 0100, or one of another country with its code.")
		return ""
	}
	if len(n) == 10 {
		n = "1" + n
	}
	return n
}

func byState(f *form.Form, name string) string {
	f.Set(name, strings.ToUpper(strings.Join(strings.Fields(strings.ReplaceAll(f.Value(name), ",", " ")), " ")))
	s := f.Match(name, stateForm, "Enter states with their limit, such as FL=3 OK=3, or nothing.")
	seen := map[string]bool{}
	for _, pair := range strings.Fields(s) {
		state, _, _ := strings.Cut(pair, "=")
		if seen[state] {
			f.Fail(name, fmt.Sprintf("%s stands here twice. Keep one.", state))
		}
		seen[state] = true
	}
	return s
}

// SettingColumns are the columns that the settings are kept in: the statements
// setting-names and campaign-settings-save must know them.
func SettingColumns() []string {
	var all []string
	for _, s := range columns(settings) {
		all = append(all, s.Name)
	}
	return all
}

package dialer

// Status is a disposition: what became of a lead or a call, up to 6 letters,
// in VICIdial's words.
type Status string

// The statuses that the dialer itself gives. Agents choose among those of the
// statuses table that are selectable.
const (
	StatusNew          Status = "NEW"
	StatusQueue        Status = "QUEUE"  // claimed for a call that is being placed
	StatusInCall       Status = "INCALL" // on the line with an agent
	StatusNoAnswer     Status = "NA"
	StatusBusy         Status = "B"
	StatusDisconnected Status = "DC"
	StatusCongestion   Status = "ADC" // the carrier could not carry it; not the lead's fault
	StatusRejected     Status = "CR"  // refused by the far end (SIP 403, 603)
	StatusMachine      Status = "A"
	StatusFax          Status = "AFAX"
	StatusDeadAir      Status = "ADAIR"  // answered, and nothing was said
	StatusMessage      Status = "AL"     // the campaign's message was left on a machine
	StatusMessageCut   Status = "AM"     // the machine hung up before its end
	StatusParked       Status = "PARKED" // hung up while parked
	StatusPassed       Status = "XFER"   // passed on, and its agent said nothing more
	StatusDrop         Status = "DROP"   // answered, and no agent in time
	StatusPDrop        Status = "PDROP"  // hung up at answer, before it could be routed
	StatusDNC          Status = "DNC"
	StatusCallback     Status = "CALLBK" // promised a call (Callback)
	StatusError        Status = "ERI"    // we lost sight of it
)

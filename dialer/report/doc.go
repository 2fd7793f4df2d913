// Package report holds what the reports count: each figure's definition, its
// arithmetic, and the tables that are made of it. A page, a file, the command
// line and the tests have their numbers from here.
//
//	calls, agent_log ─▶ dialer/tally ─▶ sums by quarter-hour, hour, day ─▶ Source ─▶ a Report's Make ─▶ Result
//
// # What is counted
//
// Counted are calls that have left for a carrier and have ended, at the moment
// they were placed. A call that is up is on the live board and comes into the
// reports with its end; its disposition follows by itself, hours later if need
// be. Of an agent's time every millisecond of a shift counts for the state it
// was spent in, from the login to the logout or, of a shift that goes on, to now.
//
// Days and hours are those of the office: the zone of the server that shows the
// report.
package report

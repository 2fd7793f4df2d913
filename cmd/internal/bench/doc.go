// Package bench measures the whole system's speed on this machine: how long an
// answered call waits for its agent, what a call costs. Every figure stands
// beside that of the least program that does the same with the same Asterisk, in
// the same run, for only the ratio says something on another machine.
//
// Latency is taken with both at work at once: the bare client places a few calls
// a second among ours, so that MariaDB, the web role, the agents' pages and
// whatever else the machine does fall on both alike. Their carrier speaks SIP and
// nothing else, and no sound flows, so that a small machine reaches many calls a
// second; what sound costs is measured by itself.
package bench

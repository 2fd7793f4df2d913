// Package bench measures the whole system's speed on this machine: how long an
// answered call waits for its agent, what a call costs. Every figure stands
// beside that of the least program that does the same with the same Asterisk, in
// the same run, for only the ratio says something on another machine.
//
// Our figures are taken with MariaDB, the web role and the agents' pages on the
// same processors; the bare client has them to itself.
package bench

// Package demo runs a whole contact center on one machine: a private MariaDB, a
// private Asterisk as the telephony server, a second one as the carrier, every
// role of Trunkline as the process it is in production, and agents whose phones
// and hands are simulated. It is how somebody sees the system for the first
// time, and how its measurements are made.
//
// All lies under one folder, and all is on loopback. Only what the demo started
// is ever stopped.
package demo

// Package rig is a whole system to be broken and measured: a MariaDB, an
// Asterisk and a second one as its carrier, and the roles as processes of their
// own, as in the demo, but with a wire that can be cut wherever two of them
// talk, and with engines that may be killed and started again.
//
//	web, keepalive, listen, hopper-fill ──wire──▶ MariaDB
//	web, keepalive, listen ──wire (AMI)──▶ Asterisk
//	listen ──wire (ARI)──▶ Asterisk ──wire (events)──▶ listen
//
// All is on loopback and below one folder, and all that is ended was started
// here: by its pid file, whose process is checked.
package rig

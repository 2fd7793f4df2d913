// Package chaos breaks a whole system at work and looks whether anything was
// lost. Calls go out at a steady rate and simulated agents take them, while
// every few seconds one of the daemons, MariaDB or a connection is killed or
// cut. Then the carrier's ledger, which nobody of ours can touch, is compared
// with the books, call by call.
//
// In a second part Asterisk itself is restarted under calls.
//
// The order and the moments of the blows come from a seed, which is printed.
// The machine's scheduling does not: a seed that found a fault may have to be
// run again.
package chaos

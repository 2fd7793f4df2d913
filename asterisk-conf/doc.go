// Package asteriskconf is Asterisk as Trunkline needs it: the embedded configuration of the telephony server and of
// the simulated carrier, private instances of both, and the ledger in which the carrier writes down every INVITE.
//
// An instance lives in a directory of its own, on loopback, with a user id that is not root's wherever the machine
// allows it, and sees of the file system only Asterisk itself and that directory.
package asteriskconf

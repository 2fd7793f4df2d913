// Package e2e tests the whole system at work: a real MariaDB, a real Asterisk
// with a second one as its carrier, every role, and a real browser at the
// agent's desk. Each flow ends in the database's rows, and in what the carrier
// wrote down by itself.
//
// The stage is the demo, in a temporary folder and without simulated agents:
// what operators start is what is tested, and its start and its end are tested
// with it. It starts once for the test binary, since that costs seconds, and
// the tests share it, each with a campaign, an area code and agents of its own.
//
// The roles run as processes of their own, not as values in this process: the
// demo starts web and keepalive, and keepalive starts listen and hopper-fill,
// from os.Executable(), and TestMain makes the test binary be the daemon when it
// is called by a role's name. So the supervision is the real one, a daemon can
// be killed as it would be in production, and the daemons carry the race
// detector of the test binary: what it finds in any of them fails the run.
//
// All is on loopback and in one folder. A reaper, which waits for this process
// to end in whatever way, ends what is left of the stage and removes the folder.
package e2e

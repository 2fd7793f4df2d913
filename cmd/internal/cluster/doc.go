// Package cluster is a whole cluster on one machine, to be broken: each host is
// a network namespace with the processes that a host of its role has, and wires
// between them that can be cut.
//
//	db ─┐   car ─┐
//	    ├─ switch ┤  web1, web2, tel1, tel2: one process each (Host), which starts
//	ctl ┘         ┘  what belongs to its role, as systemd would
//
// Addresses are made up here and are known to no other network: the machine's
// own is not touched. It takes root, or the right to make user namespaces.
package cluster

// Package app holds the configuration and wires each role of Trunkline from its
// parts. It is the only place that sees them all: the parts know each other
// through the interfaces they declare.
package app

// Package local is the backend for the local stack: a client of the supervisor
// that `pitwall up` runs (package supervisor), over its control socket
// (package control).
//
// Attach gives a Backend that can only read. Mutable adds what changes the
// world; read-only mode never calls it.
package local

// Package review is the one way from a wish to a change of the world that
// every screen shares: it plans the change, shows what it would do and what
// speaks against it, asks for the confirmation that its danger needs, runs it,
// and shows how the world takes it.
package review

// Package store keeps what a cluster has now: one watch a kind and namespace
// list, trimmed objects, and the health of every watch. Nothing is polled.
//
// A watch that is lost is resumed from the last version that was seen, or
// listed anew when that is too old (410); what was known stays, with the time
// since which nothing came.
package store

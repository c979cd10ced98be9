// Package prometheus reads signals and alerts from any server that speaks the
// Prometheus HTTP API.
//
// What a serving system calls its metrics is a Profile, which is data: Profiles
// lists them, Detect tells which one a scrape needs. However many deployments
// there are, one refresh takes a fixed number of queries, because every query
// asks for all of them at once.
package prometheus

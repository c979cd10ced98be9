// Package monitor is the embedded Prometheus: the real storage, scraper, rules
// and HTTP API of github.com/prometheus/prometheus in this process, so that any
// Prometheus client, promtool or Grafana can read the local stack. It listens
// on loopback only, unless it is told otherwise, and needs no file besides its
// data directory.
//
// The Go API of Prometheus is not stable: the module is pinned, the one call
// that changes with every release stands alone in api.go, and a test calls
// every endpoint behind it.
package monitor

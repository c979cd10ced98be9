// Package nginx is the front door that splits with nginx's split_clients.
//
// The configuration is its owner's. pitwall reads it without loss (conf_*.go)
// and changes the percentages of one split_clients block, the server lines of
// its upstreams and its own remarks; every other byte stays. Door does that on
// a running container: test, rename, reload, and prove that new workers serve.
// Generate writes a configuration to begin with.
//
// nginx has no way to drain a server without a reload, and needs none: a
// reload starts new workers, and the old ones finish the requests that they
// have with the servers that they know, for worker_shutdown_timeout at most. A
// draining member is marked down, so that new workers give it nothing.
package nginx

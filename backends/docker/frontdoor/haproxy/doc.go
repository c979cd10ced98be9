// Package haproxy is the front door that is an HAProxy in a container. A change
// goes over its runtime API: it takes effect at once and closes no connection.
// The configuration file is kept in step, so that a restart gives the same
// split; of it only server lines and one remark change, everything else stays
// byte for byte:
//
//	backend churn
//	    balance roundrobin
//	    # pitwall: split A=70 B=30 by alice@laptop at 2026-11-24T03:00:00Z
//	    # pitwall: variant A
//	    server churn-a-1 churn-a-1:8080 check weight 70
//	    server canary churn-b-1:8080 check weight 30 # pitwall: variant B
//
// A server's variant is told by the remark on its line, by the remark above it,
// or by its name (a-1, churn-a-1). Weights are whole numbers from 0 to 256 per
// server, so a variant's share is divided over its members and rounded; the
// remark keeps what was asked for.
//
// Servers are added and deleted at run time from HAProxy 2.5 on. Older ones,
// and balancing that is fixed at start, are changed by the file and a reload.
package haproxy

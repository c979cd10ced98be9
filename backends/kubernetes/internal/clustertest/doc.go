// Package clustertest gives tests a Kubernetes cluster: the one of testdata/cluster, a control plane with fake nodes that
// is up in seconds. Without PITWALL_CLUSTER in the environment such tests are skipped; `make test-cluster` sets it.
//
//	PITWALL_CLUSTER=1     the test binary starts a cluster of its own, once
//	PITWALL_CLUSTER=DIR   the cluster that runs with this state directory, so that several packages share one
//
// A test uses Shared and a namespace of its own in it. A test that breaks the cluster (Kill, Freeze, Slow, Cut, Expire)
// starts its own with New, which takes three seconds and 1 GB more.
package clustertest

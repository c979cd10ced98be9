// Package api reaches a Kubernetes API server: it opens a kubeconfig as kubectl
// does, reads, watches and patches objects of any kind, asks what this user may
// do, and tells errors apart by what a person can do about them.
package api

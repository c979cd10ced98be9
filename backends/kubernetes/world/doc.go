// Package world finds the deployments of a namespace: which workloads serve a
// model, which front door divides the requests between them, and what each
// variant runs. It is pure.
package world

// Package mlflow reads and writes model registries: an MLflow server of 2.x or
// 3.x over its REST API, or a directory in the layout of MLflow's own file
// store, which needs no server.
//
// Open gives a Registry, OpenRead a Reader, which holds nothing that could
// write. Neither offers to delete a model or a version: MLflow deletes them
// without asking, in production too.
//
// How the servers really behave, and the sixteen traps that the tests are named
// after, is in reference/registry.md §1.
package mlflow

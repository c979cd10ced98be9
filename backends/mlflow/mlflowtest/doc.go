// Package mlflowtest is an MLflow server in memory for tests: the registry, the
// runs, the artefact proxy and basic auth of MLflow 2.10, 2.17 or 3.11, with
// their peculiarities (reference/registry.md §1.3). It is held against every
// request and answer that was recorded on real servers.
//
// It knows the filters and orders that those recordings and package mlflow use,
// and answers others with an error.
package mlflowtest

// Package desired is what is wanted of a deployment (variants with weights,
// replicas and revisions, and the rollout in progress) and the pure plans that
// change it. A backend remembers the configuration, applies the plan, and makes
// the world agree; the rules are the same on every backend that has no
// controller of its own.
package desired

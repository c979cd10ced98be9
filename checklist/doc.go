// Package checklist walks a deployment's checklist with evidence: what a
// machine can answer is answered by probes, what only people know they attest,
// and every answer says what exactly was proven, of which digest, and when.
//
// Nothing is green by default. An item is what its probes found and people
// signed, and what is not known never counts as passed. The list is
// items.yaml; a team's file changes and extends it (see Load). The states, the
// rules and the probes are reference/registry.md §3.
package checklist

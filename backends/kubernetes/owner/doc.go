// Package owner tells who else writes an object: Argo CD, Flux, Helm, or the
// controller that made it. For each it gives the evidence, how soon a foreign
// edit is taken back, how to pause that, and how both can live together. It also
// writes a change as text to commit, for an object whose truth is in Git, and
// tells afterwards who took a change back.
//
// It is pure. What it returns holds foreign text that is not sanitised; names
// are quoted where they stand in a command or a manifest.
package owner

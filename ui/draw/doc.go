// Package draw is pure string work for the console: measure, cut, pad, box, overlay, join, wrap, format numbers for
// people, and the one sanitiser for foreign text. It has no state and does no I/O; every function is safe for
// concurrent use.
//
// Strings are either plain or painted. Painted strings hold SGR sequences ("\x1b[…m") and nothing else that is not
// printed; only pitwall's own styles make them. Foreign text passes Sanitize first, on its way to the screen.
//
// Widths are columns by wcwidth: over SSH Bubble Tea never asks for grapheme widths, so a sum of rune widths is what
// terminals do. Sanitize removes everything for which wcwidth and grapheme clusters disagree.
package draw

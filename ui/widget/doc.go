// Package widget draws the console's parts: table, chart, sparkline, split bar, slider, progress, log pane, dialog.
// A widget is a function, or a struct with imperative methods, from data, size and theme to lines. Every returned
// line is exactly as wide as asked for, so that panes can be joined without measuring.
//
// Nothing here does I/O, knows a backend, or handles keys. Structs belong to one goroutine (Update and View run on
// the same one). Text must be sanitised (draw.Sanitize) before it reaches a widget.
package widget

// Package ui is the frame of the console: the only Bubble Tea model, the
// contract that screens fulfil, navigation, the key table with its key bar and
// help, the command palette, dialogs, toasts, tasks and the message log. It
// knows no backend and no screen.
//
//	keys ──► ctrl+c ► dialog ► overlay ► Typer ► reserved ► Screen.Bindings ► the keys that hold everywhere
//	mouse ─► (wheel gathered for 16 ms) ► dialog, overlay or Mouser
//	data ──► Send ► Update of every screen on the stack and of every dialog
//	Go, Back, OpenDialog, Toast, Task, StatusMsg… ► the root model itself
//	clock ─► one tick a second, aligned, for ages; every ten seconds while the terminal has no focus
//
//	View: header │ Screen.View │ key bar, with overlay, dialog and toasts laid over; equal frames are the same string
package ui

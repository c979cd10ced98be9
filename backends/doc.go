// Package backends is pitwall's vocabulary: deployments, variants, splits,
// revisions, operations, signals and alerts, and the small capability
// interfaces that a backend may implement.
//
// The package imports nothing of pitwall's own. A backend knows no screen; a
// screen asks a backend for a capability with a type assertion and disables
// the action, with its reason, when the capability is absent.
//
// All values here are plain data. A value that was handed out is never changed
// afterwards, so it may be read from several goroutines.
package backends

// Package frontdoor is what splits the traffic of a Docker deployment: one
// small package a kind behind one interface. A door is read back from the
// truth, never from memory, and a change is refused when the door is no longer
// what the change was planned from.
package frontdoor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pitwall/backends"
)

// The kinds of front doors.
const (
	NGINX   = "nginx"
	HAProxy = "haproxy"
	Gateway = "gateway" // pitwall's own
)

// Door splits the traffic of one deployment. Its methods may be called from
// several goroutines; changes are made one at a time.
type Door interface {
	// Read gives what the door does now, from the door itself.
	// Errors: *UnreadableError, or what the engine says.
	Read(ctx context.Context) (Config, error)
	// Check tells whether the door would accept want, without effect on it.
	// Errors: *RejectedError with the door's own words.
	Check(ctx context.Context, want Want) error
	// Set makes the door serve want and returns once it is proven that it does.
	// base is the Hash that want was planned from.
	// Errors: ErrChanged and *RejectedError when nothing was changed; after any
	// other error the door has to be read.
	Set(ctx context.Context, want Want, base string) error
}

// Config is what a front door does.
type Config struct {
	Kind    string
	Split   backends.Split      // percent by variant
	Members map[string][]Member // by variant, in the door's order
	Unready map[string]bool     // members by name that do not pass the door's own probe; nil where it does not tell
	Hash    string              // of everything that was read; any change by anybody changes it
	Key     string              // what a user is told by ("$http_x_user_id"), "" when each request is dealt anew
	Notes   []string            // what a change of this door costs and what about it is amiss, one sentence each
	Apart   *Apart              // the file that a restart reads says something else; nil when it does not

	// Versions are what the door says in its metrics that the variants run, nil
	// when it says nothing.
	Versions map[string]string
	// Counts are the door's cumulative counters by variant, nil when they are not
	// known. Uncounted tells why they will not be, "" when they are to come.
	Counts    map[string]Count
	Uncounted string
}

// Apart is how the file that a door starts from differs from what it does.
type Apart struct {
	Text   string // what is where, in words
	Behind bool   // the file is as pitwall left it, earlier: writing it again loses nothing of anybody's
	Unkept string // why pitwall cannot write the file, "" when it can
}

// Count is what a door counted since it started, or was read first.
type Count struct{ Requests, Errors uint64 }

// Want is what a front door has to do: a split, and the members of every variant.
type Want struct {
	Split   backends.Split
	Members map[string][]Member
	By      string    // who changed the weights last, for a remark; "" for nobody
	At      time.Time // when that was, zero where it is not known
}

// Member is a replica that gets requests.
type Member struct {
	Name     string // of the container
	Host     string // address or name that the door reaches it by
	Port     uint16
	Draining bool // finishes what it has and gets nothing new
}

// ErrChanged says that the door is not what the change was planned from.
var ErrChanged = errors.New("the front door was changed since it was read")

// RejectedError says that the door refused a configuration. Nothing was changed.
type RejectedError struct {
	Kind string
	Text string // the door's own words, foreign text
}

func (e *RejectedError) Error() string {
	return fmt.Sprintf("%s refuses the configuration: %s", e.Kind, e.Text)
}

// UnreadableError says that a door's configuration holds no split that pitwall
// can read, and where it looked.
type UnreadableError struct {
	Kind  string
	Where string // path, or address
	Why   string
}

func (e *UnreadableError) Error() string {
	return fmt.Sprintf("the split of %s cannot be read from %s: %s", e.Kind, e.Where, e.Why)
}

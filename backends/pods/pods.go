// Package pods tells by the name of a pod which workload made it: a Kubernetes
// controller appends to its own name. It is pure.
package pods

import (
	"regexp"
	"strings"
)

// Form is what a controller appends to its name.
type Form int

// The forms, in the order in which a name is tried for them.
const (
	Hashed   Form = iota // NAME-HASH-xxxxx: of a Deployment, through its ReplicaSets
	Suffixed             // NAME-xxxxx: of a DaemonSet, or of a ReplicaSet by itself
	Numbered             // NAME-0: of a StatefulSet
	Alone                // NAME: a pod that nothing made, or whose name was cut off
)

// letters are those that the API server and the Deployment controller take: no
// vowels, and no digits that look like one.
const (
	letters = `bcdfghjklmnpqrstvwxz2456789`
	hash    = `[` + letters + `]{6,10}`
	suffix  = `[` + letters + `]{5}`
)

// The patterns match the whole name of any pod. Of their groups one is not
// empty: the name of the workload.
const (
	// Pattern has a group a form, in their order.
	Pattern = `(.+)-` + hash + `-` + suffix + `|` + PatternOfSets
	// PatternOfSets takes a ReplicaSet of a Deployment for a workload too, and
	// so has no group for Hashed.
	PatternOfSets = `(.+)-` + suffix + `|(.+)-[0-9]+|(.+)`
)

var pattern = regexp.MustCompile(`^(?:` + Pattern + `)$`)

// Read tells the form of a pod's name, and the name of the workload in it. A
// DaemonSet whose own name ends like the hash of a ReplicaSet is mistaken for a
// Deployment: Workload.Mistaken tells.
func Read(pod string) (Form, string) {
	groups := pattern.FindStringSubmatch(pod)
	for form := Hashed; form < Alone && groups != nil; form++ {
		if groups[form+1] != "" {
			return form, groups[form+1]
		}
	}
	return Alone, pod
}

// example is what a controller may append.
var example = [...]string{Hashed: "-bcdfgh-bcdfg", Suffixed: "-bcdfg", Numbered: "-0", Alone: ""}

// ReadWorkload is Read of a pod that a controller with this name made directly.
func ReadWorkload(name string) (Form, string) { return Read(name + example[Suffixed]) }

// MadeBy reports whether a controller made this name by appending to its own
// what the API server generates.
func MadeBy(controller, pod string) bool {
	rest, begins := strings.CutPrefix(pod, controller)
	return controller != "" && begins && len(rest) == len(example[Suffixed]) && rest[0] == '-' &&
		!strings.ContainsFunc(rest[1:], func(r rune) bool { return !strings.ContainsRune(letters, r) })
}

// Workload makes pods whose names begin with its own.
type Workload struct {
	Namespace, Name string
	Form            Form

	// Deployment is what its pods serve, by the name that a listing shows; ""
	// for none. Variant "" serves the deployment and none of its variants: a
	// version of before.
	Deployment, Variant string
}

// Mistaken reports whether its pods look like those of another workload.
func (w Workload) Mistaken() bool {
	form, name := Read(w.Name + example[w.Form])
	return form != w.Form || name != w.Name
}

// Pods is a regular expression of the names of its pods, to be anchored.
func (w Workload) Pods() string {
	tail := [...]string{Hashed: `-` + hash + `-` + suffix, Suffixed: `-` + suffix, Numbered: `-[0-9]+`, Alone: ``}
	return regexp.QuoteMeta(w.Name) + tail[w.Form]
}

// Suffix is what Pods appends to a workload whose Form is Suffixed.
const Suffix = `-` + suffix

// Package split reads and plans every way traffic is divided between the
// versions of a model in Kubernetes, one file a mechanism. It is pure: it takes
// the objects of a namespace and gives front doors, and takes the split that is
// wanted and gives the patches that ask for it. Reading the front door again
// tells whether they took effect.
//
// Who controls an object decides what can be done at its door: a route that a
// controller writes has that controller for its Parent and is Fixed, and the
// controller's own door offers what it can be asked for.
//
// A mechanism is one of two things. A weigher is told weights: they keep the
// sum that they have where it can express the split. A mover has Stops: the
// steps of a rollout, k of N pods, this version or that. Either may be an actor
// too, whose controller can be asked for an operation.
//
// What each mechanism reads, writes and confirms with is in the design's
// reference on traffic, §1.
package split

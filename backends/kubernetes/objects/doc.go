// Package objects is what pitwall keeps of the objects of a cluster: the fields
// that a screen, a plan or an explanation needs, and nothing else. A fleet of
// thousands of pods then fits into tens of megabytes.
//
// Built-in kinds are trimmed from their typed form as they arrive; custom
// resources are kept whole, without the list of fields of managedFields.
// All values are plain data and never changed after they were made.
package objects

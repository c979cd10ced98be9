// Package viewtest holds what the tests of the screens share: a fixed time, a
// fleet in trouble, and golden frames in every size and mode that the console
// supports.
package viewtest

// Package logmerge cuts logs into lines with times, and merges the lines of
// several logs by time. It knows no backend.
package logmerge

package main

import (
	"context"
	"runtime/debug"
	"time"
)

const (
	heapGrowth = 50               // GOGC: a console stays open all day, so its memory counts for more than collecting it
	shedAfter  = 5 * time.Second  // when the first listings have come, and what reading them took is garbage
	shedAgain  = 25 * time.Second // for those that took longer
)

// thrift keeps a console small: what a large first listing took is given back
// to the system, until ctx ends. Whoever sets GOGC decides for himself.
func (a *app) thrift(ctx context.Context) {
	if a.env("GOGC") != "" {
		return
	}
	debug.SetGCPercent(heapGrowth)
	for _, rest := range []time.Duration{shedAfter, shedAgain} {
		select {
		case <-ctx.Done():
			return
		case <-time.After(rest):
			debug.FreeOSMemory()
		}
	}
}

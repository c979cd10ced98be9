package main

import (
	"os"
	"os/signal"
	"syscall"
)

// unpiped keeps a reader that closes our pipe, as head does, from killing this
// process before or in the middle of a change that was asked for; until stop is
// called writes there fail instead.
func unpiped() (stop func()) {
	ignored := make(chan os.Signal, 1)
	signal.Notify(ignored, syscall.SIGPIPE)
	return func() { signal.Stop(ignored) }
}

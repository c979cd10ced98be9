package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// timeoutFlag adds --timeout to a command that is run by limited.
func timeoutFlag(c *cobra.Command, into *time.Duration, what string) {
	c.Flags().DurationVar(into, "timeout", 10*time.Minute, what)
}

// limited runs a command for at most as long as --timeout says, and says so when
// that was too short.
func limited(ctx context.Context, limit time.Duration, command func(context.Context) error) error {
	if limit <= 0 {
		return misuse{fmt.Errorf("--timeout %v: give a time above 0, as 90s or 10m", limit)}
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := command(ctx)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &timeoutError{limit, err}
	}
	return err
}

// timeoutError is what a command ended with when its --timeout was over.
type timeoutError struct {
	limit time.Duration
	err   error
}

func (e *timeoutError) Error() string {
	over := fmt.Sprintf("--timeout %v is over", e.limit)
	text := strings.ReplaceAll(e.err.Error(), context.DeadlineExceeded.Error(), over)
	if !strings.Contains(text, over) {
		text += " (" + over + ")"
	}
	return text
}

// Unwrap gives what the command itself said.
func (e *timeoutError) Unwrap() error { return e.err }

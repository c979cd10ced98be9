package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
)

// answers reads what a person types until ctx ends: a terminal that waits for a
// line knows nothing of an interrupt.
type answers struct {
	ctx context.Context
	in  io.Reader
}

// Read implements io.Reader. After the end of the context it gives the context's
// error; what is typed then is lost.
func (r answers) Read(p []byte) (int, error) {
	type read struct {
		text []byte
		err  error
	}
	done := make(chan read, 1)
	text := make([]byte, len(p)) // not p, which is the caller's again when ctx ends
	go func() {
		n, err := r.in.Read(text)
		done <- read{text[:n], err}
	}()
	select {
	case <-r.ctx.Done():
		return 0, r.ctx.Err()
	case x := <-done:
		return copy(p, x.text), x.err
	}
}

// answered asks a question and reads a line, "" at the end of the input. The
// error is of the input, or that of ctx.
func (a *app) answered(ctx context.Context, question string) (string, error) {
	fmt.Fprint(a.out, question)
	line, err := bufio.NewReader(answers{ctx, a.in}).ReadString('\n')
	if ctx.Err() != nil {
		fmt.Fprintln(a.out)
		return "", ctx.Err()
	}
	if err == io.EOF {
		err = nil
	}
	return strings.TrimSpace(line), err
}

// agreed asks for a yes.
func (a *app) agreed(ctx context.Context, question string) (bool, error) {
	line, err := a.answered(ctx, question+" [y/N] ")
	return strings.EqualFold(line, "y") || strings.EqualFold(line, "yes"), err
}

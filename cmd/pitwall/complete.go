package main

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"pitwall/ui/draw"
)

// Bounds of a shell completion: somebody waits for it with a finger on the key.
const (
	completionTimeout = 1500 * time.Millisecond
	completionMost    = 1000 // words
	completionNote    = 60   // columns
)

// word is one completion with what a shell may show beside it.
type word struct{ text, note string }

// typed is what stands on the command line: the arguments that are whole, and
// the beginning of the one that is completed.
type typed struct {
	args  []string
	start string
}

// words finds completions. What it returns may be foreign, and more than fits.
type words func(ctx context.Context, t typed) ([]word, error)

// completion makes a cobra function of words. A failure, like a source that
// does not answer in time, completes nothing and says nothing.
func (a *app) completion(find words, directive cobra.ShellCompDirective) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, start string) ([]cobra.Completion, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(c.Context(), completionTimeout)
		defer cancel()
		found := make(chan []word, 1)
		go func() { // not waited for: whatever hangs ends with the process
			list, _ := find(ctx, typed{args, start})
			found <- list
		}()
		select {
		case list := <-found:
			return offered(list, start), directive
		case <-ctx.Done():
			return nil, directive
		}
	}
}

// offered are the words that begin as asked and that every shell reads as one
// plain word.
func offered(list []word, start string) []cobra.Completion {
	var out []cobra.Completion
	for _, w := range list {
		if len(out) == completionMost {
			break
		}
		if strings.HasPrefix(w.text, start) && plainWord(w.text) {
			out = append(out, cobra.CompletionWithDesc(w.text, draw.SanitizeLine(w.note, completionNote)))
		}
	}
	return out
}

// plainWord reports whether a text has nothing in it that a shell reads in a
// way of its own, and does not look like a flag.
func plainWord(text string) bool {
	return text != "" && text[0] != '-' && text[0] != '~' && !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_./:@=+,%", r)
	})
}

// oneOf completes fixed words.
func oneOf(list ...string) words {
	return func(context.Context, typed) ([]word, error) {
		var out []word
		for _, text := range list {
			out = append(out, word{text: text})
		}
		return out, nil
	}
}

// inTurn completes each argument with its own words.
func inTurn(each ...words) words {
	return func(ctx context.Context, t typed) ([]word, error) {
		if len(t.args) >= len(each) || each[len(t.args)] == nil {
			return nil, nil
		}
		return each[len(t.args)](ctx, t)
	}
}

package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pitwall/backends/journal"
)

func (a *app) journalCommand() *cobra.Command {
	var out format
	var since time.Duration
	c := &cobra.Command{
		Use: "journal", Short: "Print the record of operations and notes", Args: exact(0),
		Example: "  pitwall journal --since 24h -o json",
		RunE:    func(*cobra.Command, []string) error { return a.printJournal(since, out) },
	}
	formatFlag(c, &out)
	c.Flags().DurationVar(&since, "since", 0, "how far back (default: everything)")
	return c
}

func (a *app) printJournal(since time.Duration, out format) error {
	dir, err := a.stateDir()
	if err != nil {
		return err
	}
	j, err := journal.OpenRead(filepath.Join(dir, "journal.jsonl"))
	if err != nil {
		return err
	}
	from := time.Time{}
	if since > 0 {
		from = a.now().Add(-since)
	}
	list, err := j.Records(from)
	if err != nil {
		return err
	}
	if list == nil {
		list = []journal.Record{}
	}
	err = out.print(a.out, list, func(w io.Writer) {
		row(w, "TIME", "WHO", "OPERATION", "TARGET", "PHASE", "RESULT", "WHAT")
		for _, r := range list {
			row(w, r.TS.Local().Format(time.DateTime), r.Actor.OSUser, r.Op, r.Target.Name, r.Phase, r.Result, recordText(r))
		}
	})
	if err != nil {
		return err
	}
	if err := j.Verify(); err != nil {
		fmt.Fprintf(a.err, "pitwall: warning: %s\n", err)
	}
	return nil
}

// recordText says in one line what a record is about.
func recordText(r journal.Record) string {
	parts := []string{}
	if len(r.From.Weights) > 0 && len(r.To.Weights) > 0 {
		parts = append(parts, r.From.Weights.String()+" → "+r.To.Weights.String())
	}
	if r.From.ModelVersion != r.To.ModelVersion {
		parts = append(parts, strings.TrimSpace(r.Target.Variant+" "+r.From.ModelVersion+" → "+r.To.ModelVersion))
	}
	for _, text := range []string{r.Text, r.Reason, r.Error} {
		if text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, "; ")
}

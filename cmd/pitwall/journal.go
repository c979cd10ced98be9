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
	conf, err := a.loadConfig()
	if err != nil {
		return err
	}
	choice, err := a.chooseBackend(conf)
	if err != nil {
		return err
	}
	dir, err := a.stateDirOf(choice)
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
	if list, err = withUnknown(j, list); err != nil {
		return err
	}
	err = out.print(a.out, list, func(w io.Writer) {
		row(w, "TIME", "WHO", "OPERATION", "TARGET", "PHASE", "RESULT", "WHAT")
		for _, r := range list {
			row(w, r.TS.Local().Format(time.DateTime), r.Actor.OSUser, r.Op, r.Target.Name, r.Phase, resultText(r), recordText(r))
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

// withUnknown gives intents that have no result, and whose process is gone, the
// result that they have for who reads them: nobody saw how they ended.
func withUnknown(j *journal.Reader, list []journal.Record) ([]journal.Record, error) {
	open, err := j.Unfinished() // by the whole journal: the list may end between the two
	if err != nil {
		return nil, err
	}
	unfinished := make(map[string]bool, len(open))
	for _, r := range open {
		unfinished[r.ID] = true
	}
	out := make([]journal.Record, 0, len(list))
	for _, r := range list {
		if unfinished[r.ID] && r.Result != journal.ResultRunning {
			r.Result = journal.ResultUnknown
		}
		out = append(out, r)
	}
	return out, nil
}

// resultText is the result in the words of the console.
func resultText(r journal.Record) string {
	switch r.Result {
	case journal.ResultUnknown:
		return "unknown: check"
	case journal.ResultRunning:
		return "running since " + r.TS.Local().Format(time.TimeOnly) + ", by " + r.Actor.String()
	}
	return r.Result
}

// recordText says in one line what a record is about: what it changed, and
// what was said of it.
func recordText(r journal.Record) string {
	parts := []string{}
	if len(r.From.Weights) > 0 && len(r.To.Weights) > 0 && !r.From.Weights.Equal(r.To.Weights) {
		parts = append(parts, r.From.Weights.String()+" → "+r.To.Weights.String())
	}
	if r.To.ModelVersion != "" && r.From.ModelVersion != r.To.ModelVersion {
		parts = append(parts, strings.TrimSpace(r.Target.Variant+" "+r.From.ModelVersion+" → "+r.To.ModelVersion))
	}
	for _, text := range []string{r.Text, r.Reason, r.Error} {
		if text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, "; ")
}

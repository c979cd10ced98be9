package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"pitwall/backends/manifests"
	"pitwall/ui/draw"
)

// lintFormat is the value of -o of lint.
type lintFormat string

var lintFormats = []string{"text", "json", "sarif"}

func (f *lintFormat) String() string { return string(*f) }
func (f *lintFormat) Type() string   { return "format" }

// Set implements pflag.Value.
func (f *lintFormat) Set(s string) error {
	if !slices.Contains(lintFormats, s) {
		return fmt.Errorf("%q: choose %s", s, strings.Join(lintFormats, ", "))
	}
	*f = lintFormat(s)
	return nil
}

// lintOut is a finding as JSON has it.
type lintOut struct {
	File     string             `json:"file"`
	Line     int                `json:"line"`
	Rule     string             `json:"rule"`
	Severity manifests.Severity `json:"severity"`
	Text     string             `json:"text"`
	Why      string             `json:"why"`
	Fix      string             `json:"fix"`
}

func (a *app) lintCommand() *cobra.Command {
	out := lintFormat("text")
	var fix, dry bool
	c := &cobra.Command{
		Use: "lint [DIR]", Short: "Judge the files that a deployment is made from; exit 1 for an error in them", Args: between(0, 1),
		Long: "Judge the Dockerfiles, Compose files, nginx configurations, Kubernetes manifests, Prometheus rules and GitHub workflows of a\n" +
			"directory (default: this one). Nothing is run and nothing is fetched. The exit status is 1 when there is an error, 0 else.\n\n" +
			"--fix mends what is mechanical and takes no decision: shell forms that are plain words, ADD of local files, caches of pip and\n" +
			"apt, missing restart policies, server_tokens, privilege escalation, capabilities of who is not root, mounted tokens, replicas\n" +
			"missing in a rollout, permissions and credentials in workflows. Comments and formatting stay. What is left is printed.",
		Example: "  pitwall lint\n  pitwall lint deploy -o sarif > lint.sarif\n  pitwall lint --fix --dry-run | less",
		RunE: func(_ *cobra.Command, args []string) error {
			dir := append(args, ".")[0]
			logrus.SetOutput(io.Discard) // compose-go's warnings: what matters of them is a finding
			switch err := isDirectory(dir); {
			case err != nil:
				return err
			case dry && !fix:
				return misuse{errors.New("--dry-run shows what --fix would change: give both")}
			case fix:
				if err := a.fixFiles(dir, dry, a.err); err != nil || dry {
					return err
				}
			}
			return a.lint(dir, out)
		},
	}
	c.Flags().BoolVar(&fix, "fix", false, "mend what is mechanical, then judge what is left")
	c.Flags().BoolVar(&dry, "dry-run", false, "with --fix: print the changes as a unified diff, and make none")
	c.Flags().VarP(&out, "output", "o", strings.Join(lintFormats, ", "))
	return c
}

func isDirectory(dir string) error {
	if info, err := os.Stat(dir); err != nil {
		return misuse{fmt.Errorf("lint: %w", err)}
	} else if !info.IsDir() {
		return misuse{fmt.Errorf("lint: %s is no directory: name the one that holds it", dir)}
	}
	return nil
}

func (a *app) lint(dir string, out lintFormat) error {
	list, err := manifests.Lint(os.DirFS(dir))
	if err != nil {
		return err
	}
	a.workflow.linted(dir, list)
	if err := a.printFindings(list, out); err != nil {
		return err
	}
	if broken(list) {
		return exitStatus(exitFailed)
	}
	return nil
}

// broken reports whether there is an error among findings.
func broken(list []manifests.Finding) bool {
	return slices.ContainsFunc(list, func(f manifests.Finding) bool { return f.Severity == manifests.Error })
}

func (a *app) printFindings(list []manifests.Finding, out lintFormat) error {
	switch out {
	case "sarif":
		return manifests.SARIF(a.out, version, list)
	case "json":
		view := make([]lintOut, 0, len(list))
		for _, f := range list {
			view = append(view, lintOut{f.File, f.Line, f.ID, f.Severity, f.Text, f.Why, f.Fix})
		}
		e := json.NewEncoder(a.out)
		e.SetIndent("", "  ")
		return e.Encode(view)
	}
	_, err := io.WriteString(a.out, findingsText(list))
	return err
}

func findingsText(list []manifests.Finding) string {
	var b strings.Builder
	for _, f := range list {
		fmt.Fprintf(&b, "%s:%d: %s: %s (%s)\n    %s Fix: %s.\n", draw.Sanitize(f.File), f.Line, f.Severity, draw.Sanitize(f.Text), f.ID, f.Why, f.Fix)
	}
	if len(list) == 0 {
		return "nothing to say\n"
	}
	return b.String() + findingsCount(list) + "\n"
}

func findingsCount(list []manifests.Finding) string {
	count := map[manifests.Severity]int{}
	for _, f := range list {
		count[f.Severity]++
	}
	return fmt.Sprintf("%d errors, %d warnings, %d notes", count[manifests.Error], count[manifests.Warning], count[manifests.Note])
}

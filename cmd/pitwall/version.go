package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"pitwall/ui/draw"
)

// buildOut is what `pitwall version` prints with -o json.
type buildOut struct {
	Version  string    `json:"version"`
	Commit   string    `json:"commit"`         // "" where the build does not know it
	Dirty    bool      `json:"dirty"`          // built from more than the commit
	Date     string    `json:"date,omitempty"` // of the commit, RFC 3339: a build has no date of its own, so that it can be repeated
	Go       string    `json:"go"`
	Platform string    `json:"platform"`
	Peers    []peerOut `json:"peers"`
}

// peerOut is one of what pitwall talks to.
type peerOut struct {
	Name    string `json:"name"` // docker, kubernetes, prometheus or mlflow
	At      string `json:"at,omitempty"`
	Version string `json:"version,omitempty"`     // "" also for a registry that is a directory
	API     string `json:"api_version,omitempty"` // of the Docker Engine, that both sides speak
	Error   string `json:"error,omitempty"`       // why its version is not known
}

func (a *app) versionCommand() *cobra.Command {
	var out format
	c := &cobra.Command{
		Use: "version", Short: "Print the version, and those of what this configuration talks to", Args: exact(0),
		Long: "Print the version of this binary, and those of the backend, the Prometheus server and the model registry that the flags and the\n" +
			"configuration name. What does not answer in " + peerTimeout.String() + " says so; the exit status stays 0.",
		Example: "  pitwall version\n  pitwall version --backend docker: -o json",
		RunE: func(c *cobra.Command, _ []string) error {
			v := builtAs()
			peers, wrong := a.peers(c.Context())
			v.Peers = peers
			if err := out.print(a.out, v, func(w io.Writer) { printVersion(w, v) }); err != nil {
				return err
			}
			return wrong
		},
	}
	formatFlag(c, &out)
	return c
}

// builtAs is what the linker and the toolchain have written into this binary.
func builtAs() buildOut {
	v := buildOut{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Peers: []peerOut{}}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.time":
			v.Date = s.Value
		case "vcs.modified":
			v.Dirty = s.Value == "true"
		}
	}
	return v
}

func printVersion(w io.Writer, v buildOut) {
	fmt.Fprintf(w, "pitwall %s\n", v.Version)
	if v.Commit != "" {
		text := v.Commit + " of " + v.Date
		if v.Dirty {
			text += ", with changes that are not in it"
		}
		row(w, "commit", text)
	}
	row(w, "go", v.Go)
	row(w, "platform", v.Platform)
	for _, p := range v.Peers {
		text := cmp.Or(p.Version, "no server") // a registry that is a directory
		if p.API != "" {
			text += " (API " + p.API + ")"
		}
		if p.Error != "" {
			text = "not known: " + draw.Sanitize(p.Error)
		}
		if p.At != "" {
			text += " at " + p.At
		}
		row(w, p.Name, text)
	}
}

// peers asks everything that the flags and the configuration select, at once.
// wrong is what is wrong with them themselves.
func (a *app) peers(ctx context.Context) (list []peerOut, wrong error) {
	asked, wrong := a.asked()
	return askAll(ctx, asked), wrong
}

package main

import (
	"context"
	"os"

	"pitwall.test/cluster/internal/crds"
)

// printCRDs prints the definitions of the projects that are named, of all without a name, for `kubectl apply
// --server-side -f -` (some are too large for the annotation of a plain apply).
func printCRDs(names []string) error {
	if len(names) == 0 {
		names = crds.Names()
	}
	for _, name := range names {
		text, err := crds.YAML(context.Background(), name)
		if err != nil {
			return err
		}
		if _, err := os.Stdout.Write(append(text, "\n---\n"...)); err != nil {
			return err
		}
	}
	return nil
}

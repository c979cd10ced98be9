package local_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"pitwall/backends"
	"pitwall/backends/backendtest"
	"pitwall/backends/local/internal/stacktest"
)

func TestConformance(t *testing.T) {
	backendtest.Run(t, func(t *testing.T) backendtest.World {
		const planted = "pl4nted-in-a-test"
		t.Setenv("PITWALL_TEST_SECRET", planted)
		dir := t.TempDir()
		s := stacktest.Start(t, dir)
		damage(t, filepath.Join(dir, "models", "*", "bc_lr.onnx"))
		load := stacktest.NewSender(t, s.Deployment(t, "model-api").Address)
		return backendtest.World{
			Backend: s.Client, Deployment: "model-api", Version: "1.2.0", Settle: stacktest.Wait, Secret: "PITWALL_TEST_SECRET=" + planted,
			Broken: backends.Change{Op: backends.OpDeploy, Variant: "B", Version: "0.9.0"},
			Send:   func(context.Context) error { return load.Send() },
		}
	})
}

// damage cuts the stored file of a version: a file that cannot be loaded is not
// even accepted, so that only a disk can bring one.
func damage(t *testing.T, pattern string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, %v", files, err)
	}
	if err := os.Truncate(files[0], 100); err != nil {
		t.Fatal(err)
	}
}

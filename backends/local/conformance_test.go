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
		s := stacktest.Start(t, t.TempDir())
		broken := filepath.Join(t.TempDir(), "broken.onnx")
		if err := os.WriteFile(broken, []byte("this is no model"), 0o600); err != nil {
			t.Fatal(err)
		}
		load := stacktest.NewSender(t, s.Deployment(t, "model-api").Address)
		return backendtest.World{
			Backend: s.Client, Deployment: "model-api", Version: "1.2.0", Settle: stacktest.Wait,
			Broken: backends.Change{Op: backends.OpDeploy, Variant: "B", Version: "9.9.9", Image: broken},
			Send:   func(context.Context) error { return load.Send() },
		}
	})
}

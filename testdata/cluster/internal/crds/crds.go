// Package crds gives the custom resource definitions of the projects that split traffic: as the project's own Go module
// holds them, or, where the module proxy does not serve it, a definition of ours with the fields that are used.
package crds

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed kserve.yaml seldon.yaml
var ours embed.FS

// source is where the definitions of one project are: files of a module, pinned by version and checksum, or of ours.
// The module is only downloaded, so what it requires (Kubernetes of other versions, other Go versions) does not matter.
type source struct {
	module, sum string
	files       []string
}

// sources are all projects, by the name with which they are asked for.
var sources = map[string]source{
	"gateway": {
		module: "sigs.k8s.io/gateway-api@v1.6.3",
		sum:    "h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc=",
		files: []string{
			"config/crd/standard/gateway.networking.k8s.io_gatewayclasses.yaml",
			"config/crd/standard/gateway.networking.k8s.io_gateways.yaml",
			"config/crd/standard/gateway.networking.k8s.io_grpcroutes.yaml",
			"config/crd/standard/gateway.networking.k8s.io_httproutes.yaml",
		},
	},
	"istio": {
		module: "istio.io/api@v1.31.1",
		sum:    "h1:5Yb5ihcz4YQsCkciusK7DnFpBMwRB6EFWeUKH1Atuyk=",
		files:  []string{"kubernetes/customresourcedefinitions.gen.yaml"},
	},
	"traefik": {
		module: "github.com/traefik/traefik/v3@v3.7.13",
		sum:    "h1:T8wy9KuaFzCkmXCqAzDy7t73pBDR1DHrJe3pqXpNXTw=",
		files:  []string{"docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml"},
	},
	"argo": {
		module: "github.com/argoproj/argo-rollouts@v1.10.1",
		sum:    "h1:6oyVPGiHHxu3ixkT6mngemh88HLPDoTX1IwO6KNR1Y4=",
		files: []string{
			"manifests/crds/analysis-run-crd.yaml",
			"manifests/crds/analysis-template-crd.yaml",
			"manifests/crds/cluster-analysis-template-crd.yaml",
			"manifests/crds/experiment-crd.yaml",
			"manifests/crds/rollout-crd.yaml",
		},
	},
	"knative": {
		module: "knative.dev/serving@v0.51.0",
		sum:    "h1:yN2Q7eYqJgoPfZkATjoBZyGbZ2P1Qhns9HIMU4mF+to=",
		files: []string{
			"config/core/300-resources/configuration.yaml",
			"config/core/300-resources/revision.yaml",
			"config/core/300-resources/route.yaml",
			"config/core/300-resources/service.yaml",
		},
	},
	"flagger": {
		module: "github.com/fluxcd/flagger@v1.36.1",
		sum:    "h1:X2PumtNwZz9YSGaOtZLFm2zAKLgHhFkbNv8beg7ifyc=",
		files:  []string{"artifacts/flagger/crd.yaml"},
	},
	"kserve": {files: []string{"kserve.yaml"}},
	"seldon": {files: []string{"seldon.yaml"}},
}

// Names are the projects, sorted.
func Names() []string { return slices.Sorted(maps.Keys(sources)) }

// YAML is the definitions of a project, as one stream of documents. A module that is not in the cache is downloaded,
// with the go command.
func YAML(ctx context.Context, name string) ([]byte, error) {
	from, known := sources[name]
	if !known {
		return nil, fmt.Errorf("no definitions %q: there are %s", name, strings.Join(Names(), ", "))
	}
	read := ours.ReadFile
	if from.module != "" {
		dir, err := download(ctx, from)
		if err != nil {
			return nil, fmt.Errorf("definitions of %s: %w", name, err)
		}
		read = func(file string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, file)) }
	}
	var documents [][]byte
	for _, file := range from.files {
		text, err := read(file)
		if err != nil {
			return nil, fmt.Errorf("definitions of %s: %w", name, err)
		}
		documents = append(documents, text)
	}
	return bytes.Join(documents, []byte("\n---\n")), nil
}

// download gives the directory of a module in the module cache.
func download(ctx context.Context, from source) (dir string, err error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", from.module)
	cmd.Dir = os.TempDir() // of no module: nothing may be added to a go.sum
	out, err := cmd.Output()
	var got struct{ Dir, Sum, Error string }
	if parsed := json.Unmarshal(out, &got); parsed != nil {
		return "", fmt.Errorf("download %s: %w", from.module, errors.Join(err, parsed))
	}
	switch {
	case got.Error != "":
		return "", fmt.Errorf("download %s: %s", from.module, got.Error)
	case got.Sum != from.sum:
		return "", fmt.Errorf("download %s: its checksum is %s, expected %s", from.module, got.Sum, from.sum)
	}
	return got.Dir, nil
}

package supervisor

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"io/fs"
	"path"

	"pitwall/backends/desired"
)

// seedModel is a model that the stack has from the start.
type seedModel struct{ version, file, note string }

// seedVariant is a variant that runs from the start.
type seedVariant struct {
	name, version string
	replicas      int
	weight        float64
}

// seedDeployment is a deployment that the stack has from the start.
type seedDeployment struct {
	name     string
	data     string // data set that its models are trained on
	listen   string // where its front door prefers to listen
	models   []seedModel
	variants []seedVariant
}

// seeds are what a new state directory begins with: an A/B deployment, and one
// without a candidate.
var seeds = []seedDeployment{
	{
		name: "model-api", data: "bc.json", listen: "127.0.0.1:7480",
		models: []seedModel{
			{"0.9.0", "bc_lr.onnx", "logistic regression"},
			{"1.0.0", "bc_rf.onnx", "random forest"},
			{"1.1.0", "bc_xgb.json", "XGBoost"},
			{"1.2.0", "bc_gb.onnx", "gradient boosting"},
		},
		variants: []seedVariant{{"A", "1.0.0", 3, 70}, {"B", "1.1.0", 1, 30}},
	},
	{
		name: "wine-api", data: "wine.json", listen: "127.0.0.1:7481",
		models: []seedModel{
			{"1.9.0", "wine_rf.onnx", "random forest"},
			{"2.0.0", "wine_gb.onnx", "gradient boosting"},
		},
		variants: []seedVariant{{"A", "2.0.0", 2, 100}},
	},
}

// modelsDir is where the seeds are in the file system that is given.
const modelsDir = "models"

// makeSeeds puts the seed models into the library and describes the first
// deployments.
func makeSeeds(l library, files fs.FS) ([]desired.Deployment, error) {
	var out []desired.Deployment
	for _, s := range seeds {
		d := desired.Deployment{Name: s.name, Salt: rand.Text()[:12], Generation: 1}
		for _, m := range s.models {
			data, err := fs.ReadFile(files, path.Join(modelsDir, m.file))
			if err != nil {
				return nil, fmt.Errorf("read seed model %s: %w", m.file, err)
			}
			model := l.describe(m.file, m.version, data)
			model.Note = m.note
			model, note, err := l.Store(s.name, model, data)
			if err != nil || note != nil {
				return nil, fmt.Errorf("store seed model %s: %w", m.file, cmp.Or(err, note))
			}
			d.Models = append(d.Models, model)
		}
		for _, v := range s.variants {
			revision := d.AddRevision(desired.Revision{Variant: v.name, Model: *modelNamed(d, v.version), Replicas: v.replicas,
				CreatedAt: l.now(), Reason: "first start of the stack"})
			d.Variants = append(d.Variants, desired.Variant{Name: v.name, Revision: revision, Replicas: v.replicas, Weight: v.weight})
		}
		out = append(out, d)
	}
	return out, nil
}

func modelNamed(d desired.Deployment, version string) *desired.Model {
	for i := range d.Models {
		if d.Models[i].Version == version {
			return &d.Models[i]
		}
	}
	return nil
}

// seedOf finds the seed of a deployment.
func seedOf(name string) (seedDeployment, bool) {
	for _, s := range seeds {
		if s.name == name {
			return s, true
		}
	}
	return seedDeployment{}, false
}

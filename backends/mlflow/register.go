package mlflow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// Registration is a new version of a model. The model is made when it does not
// exist.
type Registration struct {
	Model       string
	File        string // path of the model file
	Format      string // "onnx", "xgboost-json" or "xgboost-ubj"; "" when it is none of these
	Description string
	Experiment  string // that the run goes into; default: the model's name
	RunName     string // default: the model's name and TagVersion
	User        string // who registers, as the run's user
	Metrics     map[string]float64
	Params      map[string]string
	Tags        map[string]string // of the version; TagSHA256 and TagFile are added
	Signature   Signature
}

// upload is a model file that is about to be taken over.
type upload struct {
	*os.File
	name   string // without directories
	size   int64
	sha256 string
}

// Register makes a new version of a model of a file: with a run that holds its
// metrics and parameters, and the file among the run's artefacts. A server must
// serve artefacts: else the error is ErrNoUpload and nothing was written. After
// any other error a run may be left, marked as failed; the version does not
// exist then.
func (r *Registry) Register(ctx context.Context, reg Registration) (Version, error) {
	doing := "register " + reg.Model
	for key, value := range reg.Tags {
		if err := checkTag(key, value); err != nil {
			return Version{}, err
		}
	}
	for key := range maps.Keys(reg.Metrics) {
		if err := checkKey(doing, key); err != nil {
			return Version{}, err
		}
	}
	for key := range maps.Keys(reg.Params) {
		if err := checkKey(doing, key); err != nil {
			return Version{}, err
		}
	}
	file, err := openUpload(reg.File)
	if err != nil {
		return Version{}, fmt.Errorf("%s: %w", doing, err)
	}
	defer file.Close()
	reg.Tags = maps.Clone(reg.Tags)
	if reg.Tags == nil {
		reg.Tags = map[string]string{}
	}
	reg.Tags[TagSHA256], reg.Tags[TagFile] = file.sha256, file.name
	if reg.Experiment == "" {
		reg.Experiment = reg.Model
	}
	if reg.RunName == "" {
		reg.RunName = reg.Model
		if v := reg.Tags[TagVersion]; v != "" {
			reg.RunName += " " + v
		}
	}
	return r.sink.register(ctx, reg, file)
}

func openUpload(path string) (upload, error) {
	u := upload{name: filepath.Base(path)}
	for _, r := range u.name {
		if unicode.IsControl(r) {
			return u, fmt.Errorf("the name of model file %q has control characters in it", u.name)
		}
	}
	info, err := os.Stat(path) // before it is opened: a pipe would hang
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New(path + " is not a file")
	}
	if err != nil {
		return u, err
	}
	if u.File, err = os.Open(path); err != nil {
		return u, err
	}
	sum := sha256.New()
	u.size, err = io.Copy(sum, u.File)
	if err == nil {
		_, err = u.Seek(0, io.SeekStart)
	}
	if err != nil {
		u.Close()
		return u, fmt.Errorf("read %s: %w", path, err)
	}
	u.sha256 = hex.EncodeToString(sum.Sum(nil))
	return u, nil
}

// artifactPath is where a version's files are below its run's artefacts.
const artifactPath = "model"

// modelFileText is the MLmodel file of a version: what MLflow's own clients
// load it by, and where its signature is.
func modelFileText(reg Registration, file upload, runID string, now time.Time) ([]byte, error) {
	flavors := map[string]any{}
	switch reg.Format {
	case "onnx":
		flavors["onnx"] = map[string]any{"data": file.name, "providers": []string{"CPUExecutionProvider"}}
	case "xgboost-json":
		flavors["xgboost"] = map[string]any{"data": file.name, "model_class": "xgboost.core.Booster", "model_format": "json"}
	case "xgboost-ubj":
		flavors["xgboost"] = map[string]any{"data": file.name, "model_class": "xgboost.core.Booster", "model_format": "ubj"}
	}
	content := map[string]any{"artifact_path": artifactPath, "flavors": flavors, "model_size_bytes": file.size, "run_id": runID,
		"utc_time_created": now.UTC().Format("2006-01-02 15:04:05.000000")}
	if s := reg.Signature.wire(); s != (wireSignature{}) {
		content["signature"] = s
	}
	return yaml.Marshal(content)
}

// sortedPairs is a map as MLflow's JSON has it, in the order of the keys.
func sortedPairs(m map[string]string) []wirePair {
	list := make([]wirePair, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		list = append(list, wirePair{key, m[key]})
	}
	return list
}

// runTags are the tags of a run that pitwall makes.
func runTags(reg Registration) map[string]string {
	tags := map[string]string{"mlflow.runName": reg.RunName, "mlflow.source.name": "pitwall", "mlflow.source.type": "LOCAL"}
	if reg.User != "" {
		tags["mlflow.user"] = reg.User
	}
	return tags
}

// newID makes an id as MLflow makes them: 32 hex digits.
func newID(random func() float64) string {
	id := make([]byte, 16)
	for i := range id {
		id[i] = byte(math.Floor(random() * 256))
	}
	return hex.EncodeToString(id)
}

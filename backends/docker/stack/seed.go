package stack

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"pitwall/serve"
	"pitwall/serve/drift"
	"pitwall/serve/model"
)

// version is a model version that gets an image.
type version struct{ number, file string }

// variant is a variant that runs from the start.
type variant struct {
	name     string
	version  string
	revision int
	replicas int
	weight   float64 // percent
}

// deployment is a deployment that the stack has from the start.
type deployment struct {
	name     string
	data     string // built-in data set: its models are trained on it, and it is the traffic
	port     uint16 // of 127.0.0.1, where its front door prefers to listen
	smoke    string // the first row of the data set, as a request
	versions []version
	variants []variant
}

// seeds are the deployments of the local stack. The versions that do not run
// have an image all the same, so that `pitwall deploy --version` works offline.
// Revisions are numbered as the ledger does: those of a deployment in one row.
func seeds() []deployment {
	return []deployment{
		{
			name: "model-api", data: "bc", port: 7580,
			smoke:    `{"features":[17.99,10.38,122.8,1001,0.1184,0.2776,0.3001,0.1471,0.2419,0.07871,1.095,0.9053,8.589,153.4,0.006399,0.04904,0.05373,0.01587,0.03003,0.006193,25.38,17.33,184.6,2019,0.1622,0.6656,0.7119,0.2654,0.4601,0.1189]}`,
			versions: []version{{"0.9.0", "bc_lr.onnx"}, {"1.0.0", "bc_rf.onnx"}, {"1.1.0", "bc_xgb.json"}, {"1.2.0", "bc_gb.onnx"}},
			variants: []variant{{"A", "1.0.0", 1, 3, 70}, {"B", "1.1.0", 2, 1, 30}},
		},
		{
			name: "wine-api", data: "wine", port: 7581,
			smoke:    `{"features":[14.23,1.71,2.43,15.6,127,2.8,3.06,0.28,2.29,5.64,1.04,3.92,1065]}`,
			versions: []version{{"1.9.0", "wine_rf.onnx"}, {"2.0.0", "wine_gb.onnx"}},
			variants: []variant{{"A", "2.0.0", 1, 2, 100}},
		},
	}
}

// monitorPort is where the monitor prefers to be published; grafanaPort is Grafana's.
const (
	monitorPort = 7590
	grafanaPort = 7591
)

// modelsDir is where the seeds are in the file system that is given.
const modelsDir = "models"

// baselineOf makes the drift baseline of a model from the whole data set, of
// which the traffic is a part.
func baselineOf(files fs.FS, d deployment, file string, text []byte) ([]byte, error) {
	header, rows, err := readData(files, d.data)
	if err != nil {
		return nil, err
	}
	m, err := model.Parse(file, text, model.Options{Width: len(header)})
	if err != nil {
		return nil, err
	}
	baseline, err := serve.MakeBaseline(m, strings.NewReader(asCSV(header, rows)))
	if err != nil {
		return nil, fmt.Errorf("make the drift baseline of %s: %w", file, err)
	}
	baseline.Model = d.name
	var b bytes.Buffer
	err = drift.WriteBaseline(&b, baseline)
	return b.Bytes(), err
}

func readData(files fs.FS, name string) (header []string, rows [][]float32, err error) {
	var set struct {
		Features []string    `json:"features"`
		Rows     [][]float32 `json:"X"`
	}
	text, err := fs.ReadFile(files, path.Join(modelsDir, name+".json"))
	if err == nil {
		err = json.Unmarshal(text, &set)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the data set %s: %w", name, err)
	}
	return set.Features, set.Rows, nil
}

func asCSV(header []string, rows [][]float32) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write(header) // a strings.Builder takes everything
	record := make([]string, len(header))
	for _, row := range rows {
		for i, x := range row {
			record[i] = strconv.FormatFloat(float64(x), 'g', -1, 32)
		}
		_ = w.Write(record)
	}
	w.Flush()
	return b.String()
}

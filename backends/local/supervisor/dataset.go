package supervisor

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"pitwall/serve"
	"pitwall/serve/drift"
	"pitwall/serve/model"
)

// dataset is the data that a deployment's models are trained on, and of which
// the held-out part is replayed as traffic.
type dataset struct {
	Features []string    `json:"features"`
	Rows     [][]float32 `json:"X"`
	Labels   []int       `json:"y"` // the class of each row
}

// readDataset reads the data set of a seed deployment.
func readDataset(files fs.FS, deployment string) (dataset, error) {
	var d dataset
	seed, ok := seedOf(deployment)
	if !ok {
		return d, fmt.Errorf("there is no data set for %s", deployment)
	}
	text, err := fs.ReadFile(files, path.Join(modelsDir, seed.data))
	if err == nil {
		err = json.Unmarshal(text, &d)
	}
	if err != nil {
		return d, fmt.Errorf("read the data set of %s: %w", deployment, err)
	}
	return d, nil
}

// baselines makes drift baselines from the data sets.
type baselines struct{ files fs.FS }

func (b baselines) make(deployment, modelPath string, w io.Writer) error {
	data, err := readDataset(b.files, deployment)
	if err != nil {
		return err
	}
	m, err := model.Load(modelPath, model.Options{Width: len(data.Features)})
	if err != nil {
		return err
	}
	baseline, err := serve.MakeBaseline(m, strings.NewReader(datasetCSV(data)))
	if err != nil {
		return err
	}
	baseline.Model = deployment
	return drift.WriteBaseline(w, baseline)
}

// datasetCSV writes all rows. The rows that are replayed are among them: of data
// sets this small a half that leaves them out differs from them by more than
// the drift alerts allow.
func datasetCSV(d dataset) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write(d.Features) // a strings.Builder takes everything
	record := make([]string, len(d.Features))
	for _, row := range d.Rows {
		for i, x := range row {
			record[i] = strconv.FormatFloat(float64(x), 'g', -1, 32)
		}
		_ = w.Write(record)
	}
	w.Flush()
	return b.String()
}

package model

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

const (
	maxFileBytes = 1 << 30 // larger files are refused unread
	maxWidth     = 1 << 20 // input features per row; bounds what a header can make us allocate
	maxBlock     = 128     // rows evaluated together: a forest's tree stays in cache for all of them
)

// Options tells Load what the caller knows about the file.
type Options struct {
	SHA256 string // expected hex digest of the whole file; "" skips the check
	Width  int    // input width to use when the file does not declare one; 0 means unknown
}

// Info describes a loaded model. Its slices belong to the model: do not change them.
type Info struct {
	Format   string   // "onnx", "xgboost-json" or "xgboost-ubj"
	Width    int      // input features per row
	Features []string // feature names from the file, Width of them, or nil
	Classes  []string // class labels in column order as text; nil for a regressor
	SHA256   string   // lower-case hex digest of the whole file
	Bytes    int64    // size of the file
	Producer string   // program that wrote the file and its version, as the file says; may be empty
}

// Output holds the answers for a batch. Predict grows and reuses its slices, so keep one per goroutine.
type Output struct {
	Rows, Columns int
	// Scores is Rows×Columns, row-major: class probabilities in Info.Classes order, or regression values
	// (one column per target). A net that ends in a one-column Sigmoid answers as a two-class classifier,
	// [1-p, p] under the labels "0" and "1".
	Scores []float32
	// Labels holds the predicted class of each row as an index into Info.Classes; empty for a regressor.
	Labels []int
}

// evaluator answers one block of rows. scores is rows×columns; labels has rows elements, or none for a regressor.
type evaluator interface {
	evaluate(x []float32, rows int, scores []float32, labels []int) error
}

// compiled is a checked model of either family.
type compiled struct {
	evaluator
	info    Info // Format, Width, Features, Classes and Producer are set
	columns int  // scores per row
	block   int  // rows per evaluate call, 1..maxBlock
}

// Model is a model file ready to answer. It is immutable and safe for concurrent use.
type Model struct {
	compiled
}

// Info describes the model.
func (m *Model) Info() Info { return m.info }

// Load reads, checks and compiles a model file. The format is told from the content, not from the name.
// It returns a *FormatError for a damaged, truncated or unsupported file, a *DigestError when the file is not the
// one Options.SHA256 names, and a *WidthError when Options.Width is needed or contradicts the file.
func Load(path string, o Options) (*Model, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("read model %s: %w", path, err)
	}
	return Parse(path, data, o)
}

// readFile reads a regular file of bounded size: a device or a pipe could go on for ever.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Unwrap(err) // the caller names the path
	}
	defer f.Close()
	s, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !s.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	if s.Size() > maxFileBytes {
		return nil, fmt.Errorf("%d bytes; the limit is %d", s.Size(), maxFileBytes)
	}
	return io.ReadAll(io.LimitReader(f, maxFileBytes))
}

// Parse is Load on bytes already read; name is for messages only. The model keeps no reference to data.
func Parse(name string, data []byte, o Options) (*Model, error) {
	sum := sha256.Sum256(data)
	digest := hex.EncodeToString(sum[:])
	if want := strings.ToLower(o.SHA256); want != "" && want != digest {
		return nil, &DigestError{File: name, Want: want, Got: digest}
	}
	c, err := compile(data, o)
	if err != nil {
		return nil, inFile(name, err)
	}
	c.info.SHA256, c.info.Bytes = digest, int64(len(data))
	return &Model{compiled: *c}, nil
}

// inFile adds the file's name to an error of the compilers.
func inFile(name string, err error) error {
	if w, ok := errors.AsType[*WidthError](err); ok {
		w.File = name
		return w
	}
	if f, ok := errors.AsType[*FormatError](err); ok {
		f.File = name
		return f
	}
	return &FormatError{File: name, Reason: err.Error()}
}

// Predict evaluates rows×Info.Width values in x (row-major; NaN means missing) into out.
// It is safe for concurrent use with different outputs, and deterministic: a row gives the same bits alone and
// in any batch. After an error the content of out is undefined.
func (m *Model) Predict(x []float32, rows int, out *Output) error {
	width := m.info.Width
	if rows < 0 || rows > len(x) || len(x) != rows*width {
		return fmt.Errorf("model takes %d values per row: %d values do not make %d rows", width, len(x), rows)
	}
	out.Rows, out.Columns = rows, m.columns
	out.Scores = slices.Grow(out.Scores[:0], rows*m.columns)[:rows*m.columns]
	out.Labels = out.Labels[:0]
	if m.info.Classes != nil {
		out.Labels = slices.Grow(out.Labels, rows)[:rows]
	}
	for first := 0; first < rows; first += m.block {
		last := min(first+m.block, rows)
		var labels []int
		if m.info.Classes != nil {
			labels = out.Labels[first:last]
		}
		err := m.evaluate(x[first*width:last*width], last-first, out.Scores[first*m.columns:last*m.columns], labels)
		if err != nil {
			return fmt.Errorf("predict: %w", err)
		}
	}
	return nil
}

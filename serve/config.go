package serve

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"pitwall/serve/drift"
)

// Config says what to serve and within which limits. The zero value of a field
// with a default means the default.
type Config struct {
	Listen       string        // TCP address, "127.0.0.1:0" for any free port
	Name         string        // model name in answers, URLs and metrics; default: the file's name without extension
	Version      string        // model version there; default "1"
	ModelPath    string        // model file
	SHA256       string        // hex digest that the model file must have; "" for any
	BaselinePath string        // drift baseline; "" serves without drift metrics
	Width        int           // input features when the model file does not say; 0 for unknown
	MaxBody      int64         // largest request body in bytes, 413 above; default 8 MiB
	MaxRows      int           // most rows in a request, 413 above; default 4096
	Timeout      time.Duration // to read a request, and to answer it (503 after it); default 10 s
	Grace        time.Duration // how long it still takes new connections after the stop, for load balancers to notice; default 1 s
	DrainTimeout time.Duration // how long open requests get after that; default 10 s
	Drift        drift.Options // window of the drift metrics

	// Supervised makes Control a stream of commands, one JSON object a line (see
	// package fault), whose end stops the server. Without it nothing can inject
	// a fault. Run reads Control until its end, even after it returned.
	Supervised bool
	Control    io.Reader

	Log *slog.Logger     // default: discard
	Now func() time.Time // default time.Now
}

func (c Config) withDefaults() (Config, error) {
	c.Name = cmp.Or(c.Name, strings.TrimSuffix(filepath.Base(c.ModelPath), filepath.Ext(c.ModelPath)))
	c.Version = cmp.Or(c.Version, "1")
	c.MaxBody = cmp.Or(c.MaxBody, 8<<20)
	c.MaxRows = cmp.Or(c.MaxRows, 4096)
	c.Timeout = cmp.Or(c.Timeout, 10*time.Second)
	c.Grace = cmp.Or(c.Grace, time.Second)
	c.DrainTimeout = cmp.Or(c.DrainTimeout, 10*time.Second)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c, c.validate()
}

func (c Config) validate() error {
	switch {
	case c.MaxBody < 0 || c.MaxRows < 0 || c.Timeout < 0 || c.Grace < 0 || c.DrainTimeout < 0:
		return errors.New("a limit is negative: body, rows and times must be above 0")
	case c.Supervised && c.Control == nil:
		return errors.New("supervised without a control stream")
	}
	return errors.Join(checkLabel("name", c.Name), checkLabel("version", c.Version))
}

// checkLabel refuses what would not survive as a path segment, a header value
// and a metric label alike.
func checkLabel(what, s string) error {
	bad := func(r rune) bool {
		return r == '/' || r == utf8.RuneError || !unicode.IsPrint(r)
	}
	if s == "" || s == "." || s == ".." || len(s) > 200 || strings.ContainsFunc(s, bad) || strings.TrimSpace(s) != s {
		return fmt.Errorf("model %s %.200q: use 1 to 200 printable characters without slash", what, s)
	}
	return nil
}

// UsageError wraps an error in what Run was given: a setting, the address, the
// model file or the baseline. Trying again without a change is of no use.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap gives the wrapped error.
func (e *UsageError) Unwrap() error { return e.Err }

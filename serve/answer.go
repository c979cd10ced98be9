package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"strconv"
	"time"

	"pitwall/serve/model"
)

// statusClientGone is nginx's code for a client that left before the answer.
const statusClientGone = 499

// refusal is an error that the client is told, with its HTTP status.
type refusal struct {
	status  int
	message string
}

func (e *refusal) Error() string { return e.message }

func badRequest(format string, args ...any) error {
	return &refusal{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

func tooLarge(format string, args ...any) error {
	return &refusal{http.StatusRequestEntityTooLarge, fmt.Sprintf(format, args...)}
}

func overdue(limit time.Duration) error {
	return &refusal{http.StatusServiceUnavailable, fmt.Sprintf("not answered within %v: send fewer rows, or try again", limit)}
}

// buffers is the memory of one prediction request, kept from request to request.
type buffers struct {
	body []byte
	x    []float32 // rows×width values
	rows int
	seen []bool // features of the row being read by name

	block     model.Output // answers for blockRows rows
	columns   int          // scores a row
	scores    []float32    // rows×columns
	labels    []int        // class index per row; empty for a regressor
	predicted []float32    // the watched score per row
	classes   []int        // rows per class

	out []byte // the answer's body
}

// keepBytes is the largest body whose buffers are kept.
const keepBytes = 1 << 20

func (b *buffers) reset() {
	b.body, b.x, b.rows = b.body[:0], b.x[:0], 0
	b.scores, b.labels, b.predicted, b.out = b.scores[:0], b.labels[:0], b.predicted[:0], b.out[:0]
}

// handler reads b.body and writes the answer to b.out before the deadline.
type handler func(v *service, b *buffers, deadline time.Time) error

// prediction is the frame of every request for predictions: limits, faults,
// metrics, errors and panics.
func (s *server) prediction(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		began := s.config.Now()
		s.meters.inFlight.Inc()
		b := s.buffers.Get().(*buffers)
		b.reset()
		status, message := http.StatusOK, ""
		if err := s.answer(h, r, b, began); err != nil {
			status, message = s.explain(err, r)
		}
		s.meters.inFlight.Dec()
		s.meters.request(status, s.config.Now().Sub(began))
		if message != "" {
			if status == http.StatusRequestEntityTooLarge || status == http.StatusRequestTimeout {
				w.Header()["Connection"] = []string{"close"} // the rest of the body is unread
			}
			writeError(w, status, message)
		} else {
			writeBody(w, status, b.out)
		}
		if cap(b.body) <= keepBytes && cap(b.out) <= keepBytes {
			s.buffers.Put(b)
		}
	}
}

// answer does the work; a panic comes back as an error.
func (s *server) answer(h handler, r *http.Request, b *buffers, began time.Time) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = s.panicked(p, r)
		}
	}()
	v := s.loaded.Load()
	if v == nil {
		return &refusal{http.StatusServiceUnavailable, "the model is loading: try again when /ready answers 200"}
	}
	if err := b.read(r, s.config.MaxBody); err != nil {
		return err
	}
	if err := s.faults.inject(r.Context(), s.config.Timeout); err != nil {
		return err
	}
	return h(v, b, began.Add(s.config.Timeout))
}

// explain gives status and message for err. Only a refusal's text is the
// client's to know.
func (s *server) explain(err error, r *http.Request) (int, string) {
	if told, ok := errors.AsType[*refusal](err); ok {
		return told.status, told.message
	}
	s.log.Error("prediction failed", "path", r.URL.Path, "error", err)
	return http.StatusInternalServerError, "internal error: the server's log has the details"
}

// read reads the request's body, of at most limit bytes.
func (b *buffers) read(r *http.Request, limit int64) error {
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return &refusal{http.StatusUnsupportedMediaType, fmt.Sprintf("content encoding %.40q is not supported: send plain JSON", encoding)}
	}
	if r.ContentLength > limit {
		return tooLarge("the body has %d bytes, at most %d are accepted", r.ContentLength, limit)
	}
	for {
		if len(b.body) == cap(b.body) {
			b.body = append(b.body, 0)[:len(b.body)]
		}
		n, err := r.Body.Read(b.body[len(b.body):cap(b.body)])
		b.body = b.body[:len(b.body)+n]
		switch {
		case int64(len(b.body)) > limit:
			return tooLarge("the body has more than the %d bytes that are accepted", limit)
		case err == io.EOF:
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return &refusal{http.StatusRequestTimeout, "the body did not arrive in time"}
		case r.Context().Err() != nil:
			return &refusal{statusClientGone, "the client left before its request was complete"}
		case err != nil:
			return badRequest("read the body: %v", err)
		}
	}
}

// jsonType is shared by all answers: a header map may hold it, nobody changes it.
var jsonType = []string{"application/json"}

func writeBody(w http.ResponseWriter, status int, body []byte) {
	header := w.Header()
	header["Content-Type"] = jsonType
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that left is no concern of ours
}

// writeJSON answers with v, which always encodes.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	writeBody(w, status, append(body, '\n'))
}

// writeError answers with the error body of the Open Inference Protocol.
func writeError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, struct {
		Error string `json:"error"`
	}{message})
}

// appendNumber writes v as the shortest JSON number that reads back as the same
// float32, or null for what JSON has no number for.
func appendNumber(dst []byte, v float32) []byte {
	if wide := float64(v); math.IsNaN(wide) || math.IsInf(wide, 0) {
		return append(dst, "null"...)
	}
	return strconv.AppendFloat(dst, float64(v), 'g', -1, 32)
}

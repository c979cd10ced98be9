package mlflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	apiPath  = "/api/2.0/mlflow/"                     // the same on 2.x and 3.x
	filePath = "/api/2.0/mlflow-artifacts/artifacts/" // only where the server serves artefacts
	maxBody  = 32 << 20                               // bytes of an answer
)

// server is one MLflow server, and how it is called.
type server struct {
	base    *url.URL // without userinfo; may have a path, behind a reverse proxy
	auth    credentials
	http    *http.Client
	headers http.Header
	timeout time.Duration // of one attempt
	Options
}

func newServer(base *url.URL, o Options) (*server, error) {
	auth, err := o.credentials()
	if err != nil {
		return nil, err
	}
	if u := base.User; u != nil && auth.user == "" {
		password, _ := u.Password()
		auth.user, auth.password = u.Username(), newSecret(password)
	}
	bare := *base
	bare.User, bare.RawQuery, bare.Fragment = nil, "", ""
	bare.Path = strings.TrimRight(bare.Path, "/")
	s := &server{base: &bare, auth: auth, Options: o, headers: http.Header{"User-Agent": {"pitwall"}}}
	if s.timeout, err = o.timeout(); err != nil {
		return nil, err
	}
	if name := o.Env("MLFLOW_WORKSPACE"); name != "" {
		s.headers.Set("X-MLFLOW-WORKSPACE", name)
	}
	transport := o.Transport
	if transport == nil {
		if transport, err = newTransport(o.Env); err != nil {
			return nil, err
		}
	}
	s.http = &http.Client{Transport: transport, CheckRedirect: redirect}
	return s, nil
}

// answer is a response, read wholly.
type answer struct {
	status int
	kind   string // media type
	header http.Header
	body   []byte
}

// get reads from the API into into. It is repeated when the failure may pass by
// itself.
func (s *server) get(ctx context.Context, doing, call string, query url.Values, into any) error {
	a, err := s.read(ctx, doing, s.url(apiPath+call, query))
	if err != nil {
		return err
	}
	return s.decode(doing, a, into)
}

// read is a GET with retries.
func (s *server) read(ctx context.Context, doing, target string) (answer, error) {
	for attempt := 1; ; attempt++ {
		a, err := s.once(ctx, doing, http.MethodGet, target, "", nil)
		again := err == nil && temporary(a.status) || err != nil && ctx.Err() == nil && !isFinal(err)
		if !again || attempt == attempts {
			if err == nil && a.status >= 300 {
				err = s.refusal(doing, a)
			}
			return a, err
		}
		select {
		case <-ctx.Done():
			return a, s.failure(doing, ctx.Err())
		case <-time.After(s.pause(attempt, a)):
		}
	}
}

// pause is how long to wait before the next attempt.
func (s *server) pause(attempt int, a answer) time.Duration {
	after := a.header.Get("Retry-After")
	if seconds, err := strconv.Atoi(after); err == nil && seconds >= 0 {
		return min(time.Duration(min(seconds, 3600))*time.Second, longest)
	}
	if at, err := http.ParseTime(after); err == nil {
		return min(max(at.Sub(s.Now()), 0), longest)
	}
	pause := firstPause << (attempt - 1)
	return pause/2 + time.Duration(s.Random()*float64(pause))
}

// isFinal reports whether trying again would end the same way. A server that
// hangs is asked once: three silences are no better than one.
func isFinal(err error) bool {
	var redirected *redirectError
	return errors.As(err, &redirected) || errors.Is(err, errTooLarge) || errors.Is(err, context.DeadlineExceeded)
}

var errTooLarge = fmt.Errorf("the answer is larger than %d MiB", maxBody>>20)

// once sends one request. The error is of the connection: an answer of any
// status is none.
func (s *server) once(ctx context.Context, doing, method, target, kind string, body []byte) (answer, error) {
	attempt, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(attempt, method, target, bytes.NewReader(body))
	if err != nil {
		return answer{}, s.failure(doing, err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	a, err := s.exchange(doing, r)
	if e, ok := errors.AsType[*Error](err); ok && errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		e.Message = fmt.Sprintf("%s did not answer in time (%v)", s.base.Host, s.timeout)
	}
	return a, err
}

// exchange sends a request with our headers and credentials, and reads the
// answer wholly.
func (s *server) exchange(doing string, r *http.Request) (answer, error) {
	for name, values := range s.headers {
		r.Header[name] = values
	}
	s.auth.sign(r)
	response, err := s.http.Do(r)
	if err != nil {
		return answer{}, s.failure(doing, err)
	}
	defer response.Body.Close()
	a := answer{status: response.StatusCode, header: response.Header}
	a.kind, _, _ = mime.ParseMediaType(response.Header.Get("Content-Type")) // "" is judged as none
	a.body, err = io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err == nil && len(a.body) > maxBody {
		err = errTooLarge
	}
	if err != nil {
		return answer{}, s.failure(doing, err)
	}
	return a, nil
}

// decode reads the JSON of an answer that is no refusal.
func (s *server) decode(doing string, a answer, into any) error {
	if a.kind != "application/json" {
		return &Error{Doing: doing, Status: a.status, Message: fmt.Sprintf("the answer is %s and not JSON", orWord(a.kind, "of no type")),
			Hint: "is that the URL of MLflow itself, and no login page or other program in front of it?"}
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(a.body, into); err != nil {
		return &Error{Doing: doing, Status: a.status, Message: "the answer is damaged: " + clean(err.Error()), Err: err}
	}
	return nil
}

// url makes the address of a call. Names with blanks and UTF-8 are escaped.
func (s *server) url(path string, query url.Values) string {
	u := s.base.JoinPath(path)
	u.RawQuery = query.Encode()
	return u.String()
}

func orWord(text, word string) string {
	if text == "" {
		return word
	}
	return text
}

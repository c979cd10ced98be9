package mlflow

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Options are what a registry is opened with. The zero value reads no
// environment, uses the system's clock and connects without credentials.
type Options struct {
	// Env looks up MLflow's own variables (reference/registry.md §1.5):
	// MLFLOW_TRACKING_USERNAME, _PASSWORD, _TOKEN, _INSECURE_TLS,
	// _SERVER_CERT_PATH, _CLIENT_CERT_PATH, MLFLOW_HTTP_REQUEST_TIMEOUT (seconds),
	// MLFLOW_WORKSPACE, and HOME for ~/.mlflow/credentials.
	Env       func(string) string
	Create    bool              // make a directory that does not exist, on Open
	Now       func() time.Time  // default: time.Now
	Random    func() float64    // 0 ≤ x < 1, spreads retries and makes run ids; default: math/rand
	Transport http.RoundTripper // default: one made of the TLS variables
}

func (o Options) withDefaults() Options {
	if o.Env == nil {
		o.Env = func(string) string { return "" }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	return o
}

// URI is the registry that the environment names, as MLflow itself finds it:
// MLFLOW_REGISTRY_URI, else MLFLOW_TRACKING_URI, else "".
func URI(env func(string) string) string {
	return cmp.Or(env("MLFLOW_REGISTRY_URI"), env("MLFLOW_TRACKING_URI"))
}

// requestTimeout bounds one attempt unless MLFLOW_HTTP_REQUEST_TIMEOUT says
// otherwise. MLflow's own default of 120 s is too long for a console.
const requestTimeout = 30 * time.Second

func (o Options) timeout() (time.Duration, error) {
	text := o.Env("MLFLOW_HTTP_REQUEST_TIMEOUT")
	if text == "" {
		return requestTimeout, nil
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || !(seconds > 0 && seconds <= 3600) {
		return 0, fmt.Errorf("MLFLOW_HTTP_REQUEST_TIMEOUT=%s: give seconds, more than 0 and at most 3600", clean(text))
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

// secret is a text that no format verb prints, not inside of another value
// either. The zero value is none.
type secret struct{ text *string }

func newSecret(text string) secret {
	if text == "" {
		return secret{}
	}
	return secret{&text}
}

func (s secret) set() bool { return s.text != nil }

// reveal is the secret itself, "" for none.
func (s secret) reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// credentials are how requests are signed: as a user, else by a token, else not.
type credentials struct {
	user     string
	password secret
	token    secret
}

// sign adds the credentials to a request.
func (c credentials) sign(r *http.Request) {
	switch {
	case c.user != "" && c.password.set():
		r.SetBasicAuth(c.user, c.password.reveal())
	case c.token.set():
		r.Header.Set("Authorization", "Bearer "+c.token.reveal())
	}
}

// credentials reads them in MLflow's order: user and password of the
// environment, of the file ~/.mlflow/credentials, then the token.
func (o Options) credentials() (credentials, error) {
	for name, why := range map[string]string{
		"MLFLOW_TRACKING_AUTH":      "plugins for authentication are Python code",
		"MLFLOW_TRACKING_AWS_SIGV4": "requests that AWS signs are not supported yet",
	} {
		if v := o.Env(name); v != "" && !strings.EqualFold(v, "false") {
			return credentials{}, fmt.Errorf("%s is set: %s; unset it and use a user and password, or a token", name, why)
		}
	}
	c := credentials{user: o.Env("MLFLOW_TRACKING_USERNAME"), password: newSecret(o.Env("MLFLOW_TRACKING_PASSWORD")), token: newSecret(o.Env("MLFLOW_TRACKING_TOKEN"))}
	if c.user != "" && c.password.set() || o.Env("HOME") == "" {
		return c, nil
	}
	path := filepath.Join(o.Env("HOME"), ".mlflow", "credentials")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("read MLflow's credentials: %w", err)
	}
	user, password := iniCredentials(string(text))
	c.user, c.password = cmp.Or(c.user, user), cmp.Or(c.password, password)
	return c, nil
}

// iniCredentials reads the section [mlflow] of a credentials file.
func iniCredentials(text string) (user string, password secret) {
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]") {
			section = line[1 : len(line)-1]
			continue
		}
		at := strings.IndexAny(line, "=:")
		if section != "mlflow" || at < 0 || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		switch value := strings.TrimSpace(line[at+1:]); strings.ToLower(strings.TrimSpace(line[:at])) {
		case "mlflow_tracking_username":
			user = value
		case "mlflow_tracking_password":
			password = newSecret(value)
		}
	}
	return user, password
}

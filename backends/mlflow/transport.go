package mlflow

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

// newTransport makes a transport of the TLS variables.
func newTransport(env func(string) string) (http.RoundTripper, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	switch v := env("MLFLOW_TRACKING_INSECURE_TLS"); strings.ToLower(v) {
	case "", "false", "0":
	case "true", "1":
		t.TLSClientConfig.InsecureSkipVerify = true // asked for by MLflow's own variable
	default:
		return nil, fmt.Errorf("MLFLOW_TRACKING_INSECURE_TLS=%s: give true or false", clean(v))
	}
	if path := env("MLFLOW_TRACKING_SERVER_CERT_PATH"); path != "" {
		if t.TLSClientConfig.InsecureSkipVerify {
			return nil, errors.New("MLFLOW_TRACKING_INSECURE_TLS and MLFLOW_TRACKING_SERVER_CERT_PATH contradict each other: set one of them")
		}
		pem, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read MLFLOW_TRACKING_SERVER_CERT_PATH: %w", err)
		}
		t.TLSClientConfig.RootCAs = x509.NewCertPool()
		if !t.TLSClientConfig.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("MLFLOW_TRACKING_SERVER_CERT_PATH: %s holds no certificate in PEM form", path)
		}
	}
	if path := env("MLFLOW_TRACKING_CLIENT_CERT_PATH"); path != "" {
		pair, err := tls.LoadX509KeyPair(path, path) // one file holds both, as for requests
		if err != nil {
			return nil, fmt.Errorf("read MLFLOW_TRACKING_CLIENT_CERT_PATH: %w", err)
		}
		t.TLSClientConfig.Certificates = []tls.Certificate{pair}
	}
	return t, nil
}

// maxRedirects are followed by one reading request.
const maxRedirects = 5

// redirect refuses to take credentials to another place, and to repeat a write
// elsewhere. A login page in front of a server answers this way.
func redirect(next *http.Request, past []*http.Request) error {
	first := past[0]
	switch {
	case next.URL.Scheme != first.URL.Scheme || next.URL.Host != first.URL.Host:
		return &redirectError{"it sends us to " + next.URL.Scheme + "://" + next.URL.Host + ", where the credentials must not go"}
	case first.Method != http.MethodGet:
		return &redirectError{"it redirects a change, which is not repeated elsewhere"}
	case len(past) > maxRedirects:
		return &redirectError{fmt.Sprintf("more than %d redirects", maxRedirects)}
	}
	return nil
}

// redirectError is a redirect that was not followed.
type redirectError struct{ why string }

func (e *redirectError) Error() string { return e.why }

// Retries of reading requests, as MLflow's own client does them.
const (
	attempts   = 3
	firstPause = 400 * time.Millisecond // doubled each time, spread by ±50 %
	longest    = 10 * time.Second       // of a pause, also of Retry-After
)

// temporary reports whether a status may pass by itself.
func temporary(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

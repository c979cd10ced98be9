package prometheus

import (
	"fmt"
	"net/url"
	"time"

	"github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
)

// Source is what a user writes about a server. The URL may hold a path prefix
// and a query string (tenants, deduplication). The settings of the HTTP client
// are those of Prometheus itself: basic_auth, authorization, oauth2,
// http_headers, tls_config, proxy_url, follow_redirects. It may hold secrets:
// never log it.
type Source struct {
	Name string     `yaml:"name"` // "prometheus" when empty
	URL  config.URL `yaml:"url"`

	// Window is the time over which rates and quantiles are taken. It has to
	// span at least four scrapes of the server. One minute when 0.
	Window model.Duration `yaml:"window"`

	HTTP config.HTTPClientConfig `yaml:",inline"`
}

// UnmarshalYAML does for the inlined struct what yaml does not: defaults and
// validation. It refuses a source without a usable URL.
func (s *Source) UnmarshalYAML(decode func(any) error) error {
	type plain Source
	*s = Source{HTTP: config.DefaultHTTPClientConfig}
	if err := decode((*plain)(s)); err != nil {
		return err
	}
	if err := checkURL(s.URL.URL); err != nil {
		return err
	}
	return s.HTTP.Validate()
}

// ParseSource makes a source of a URL alone.
func ParseSource(text string) (Source, error) {
	u, err := url.Parse(text)
	if err != nil {
		return Source{}, fmt.Errorf("URL of Prometheus: %w", err)
	}
	if err := checkURL(u); err != nil {
		return Source{}, err
	}
	return Source{URL: config.URL{URL: u}, HTTP: config.DefaultHTTPClientConfig}, nil
}

func checkURL(u *url.URL) error {
	if u == nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("URL of Prometheus is %q: write http://HOST:9090 or https://HOST/PREFIX", config.URL{URL: u}.Redacted())
	}
	return nil
}

// name is what errors and the status line call the server.
func (s Source) name() string {
	if s.Name == "" {
		return "prometheus"
	}
	return s.Name
}

func (s Source) window() time.Duration {
	if s.Window == 0 {
		return time.Minute
	}
	return time.Duration(s.Window)
}

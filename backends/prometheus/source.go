package prometheus

import (
	"fmt"
	"net/url"

	"github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
)

// Source is what a user writes about a server. The URL may hold a path prefix
// and a query string (tenants, deduplication); the settings of the HTTP client
// are those of Prometheus itself.
type Source struct {
	Name string     `yaml:"name"` // "prometheus" when empty
	URL  config.URL `yaml:"url"`

	// Window is the time over which rates and quantiles are taken. It must hold
	// at least four scrapes of the server. One minute when 0.
	Window model.Duration `yaml:"window"`

	HTTP config.HTTPClientConfig `yaml:",inline"`
}

// ParseSource makes a source of a URL alone.
func ParseSource(text string) (Source, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return Source{}, fmt.Errorf("%q is not the URL of a Prometheus server: write http://HOST:9090 or https://HOST/PREFIX", text)
	}
	return Source{URL: config.URL{URL: u}, HTTP: config.DefaultHTTPClientConfig}, nil
}

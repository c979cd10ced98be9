package engine

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"

	"pitwall/backends/internal/mask"
)

// defaultHost is where an engine listens that nobody configured.
const defaultHost = "unix:///var/run/docker.sock"

// target is an engine as it is dialled.
type target struct {
	url   string // for the client library
	host  string // for people
	local bool
	tls   *tls.Config
	dial  func(ctx context.Context, network, addr string) (net.Conn, error) // nil: by url
}

// surroundings are what the docker command takes its defaults from.
type surroundings struct {
	env    func(string) string
	config string // directory, ~/.docker
}

func around(o Options) surroundings {
	env := o.Env
	if env == nil {
		env = func(string) string { return "" }
	}
	config := env("DOCKER_CONFIG")
	if config == "" {
		config = filepath.Join(o.Home, ".docker")
	}
	return surroundings{env: env, config: config}
}

// resolve chooses the engine as the docker command does: what was asked for,
// else DOCKER_HOST, else DOCKER_CONTEXT, else the current context, else the
// default socket.
func resolve(o Options) (target, error) {
	s := around(o)
	asked := strings.TrimPrefix(strings.TrimPrefix(o.Host, "docker:"), "//")
	switch {
	case asked != "":
		return s.named(asked)
	case s.env("DOCKER_HOST") != "":
		return s.address(s.env("DOCKER_HOST"))
	case s.env("DOCKER_CONTEXT") != "":
		return s.context(s.env("DOCKER_CONTEXT"))
	}
	current, err := s.currentContext()
	if err != nil {
		return target{}, err
	}
	return s.context(current)
}

// named resolves what may be an address or the name of a context. A word
// without a dot or a port is a context.
func (s surroundings) named(asked string) (target, error) {
	if strings.Contains(asked, "://") {
		return s.address(asked)
	}
	if _, err := s.readContext(asked); err == nil || asked == defaultContext {
		return s.context(asked)
	}
	if asked == "localhost" || strings.ContainsAny(asked, ".:") {
		return s.address(asked)
	}
	return s.context(asked)
}

// address resolves a URL or HOST[:PORT], with the certificates of the environment.
func (s surroundings) address(asked string) (target, error) {
	if !strings.Contains(asked, "://") {
		asked = "tcp://" + asked
	}
	var secure *tls.Config
	if strings.HasPrefix(asked, "tcp://") || strings.HasPrefix(asked, "https://") {
		var err error
		if secure, err = s.environmentTLS(); err != nil {
			return target{}, err
		}
	}
	return parse(asked, secure)
}

// parse makes the target of an address with a scheme.
func parse(asked string, secure *tls.Config) (target, error) {
	scheme, rest, _ := strings.Cut(asked, "://")
	switch scheme {
	case "unix":
		if !strings.HasPrefix(rest, "/") {
			return target{}, fmt.Errorf("the Docker socket %q is no absolute path: write unix:///PATH", rest)
		}
		return target{url: asked, host: asked, local: true}, nil
	case "npipe":
		return target{url: asked, host: asked, local: true}, nil
	case "ssh":
		return sshTarget(asked)
	case "tcp", "http", "https":
		return tcpTarget(asked, secure)
	}
	return target{}, fmt.Errorf("a Docker engine cannot be reached by %s://: use unix://, tcp:// or ssh://, or the name of a context", scheme)
}

// tcpTarget adds the port that is usual with and without TLS.
func tcpTarget(asked string, secure *tls.Config) (target, error) {
	u, err := url.Parse(asked)
	if err != nil || u.Hostname() == "" {
		return target{}, fmt.Errorf("the Docker host %q names no machine: write tcp://HOST:PORT", mask.Userinfo(asked))
	}
	port := u.Port()
	if port == "" {
		port = "2375"
		if secure != nil {
			port = "2376"
		}
	}
	address := "tcp://" + net.JoinHostPort(u.Hostname(), port) + strings.TrimSuffix(u.Path, "/")
	return target{url: address, host: address, tls: secure}, nil
}

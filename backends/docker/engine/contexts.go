package engine

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/docker/go-connections/tlsconfig"
)

// defaultContext is the context that always exists and is stored nowhere.
const defaultContext = "default"

// stored is a context's file, contexts/meta/SHA256/meta.json.
type stored struct {
	Name      string
	Endpoints map[string]struct {
		Host          string
		SkipTLSVerify bool
	}
}

// currentContext is what `docker context use` chose.
func (s surroundings) currentContext() (string, error) {
	path := filepath.Join(s.config, "config.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return defaultContext, nil
	}
	if err != nil {
		return "", fmt.Errorf("read the Docker configuration: %w", err)
	}
	var config struct {
		CurrentContext string `json:"currentContext"`
	}
	if err := json.Unmarshal(text, &config); err != nil {
		return "", fmt.Errorf("read the Docker configuration %s: %w", path, err)
	}
	if config.CurrentContext == "" {
		return defaultContext, nil
	}
	return config.CurrentContext, nil
}

// context resolves a context by name.
func (s surroundings) context(name string) (target, error) {
	if name == defaultContext {
		if host := s.env("DOCKER_HOST"); host != "" {
			return s.address(host)
		}
		return parse(defaultHost, nil)
	}
	meta, err := s.readContext(name)
	if errors.Is(err, fs.ErrNotExist) {
		return target{}, &UnknownContextError{Name: name, Have: s.contexts()}
	}
	if err != nil {
		return target{}, err
	}
	endpoint := meta.Endpoints["docker"]
	if endpoint.Host == "" {
		return parse(defaultHost, nil)
	}
	secure, err := s.contextTLS(name, endpoint.SkipTLSVerify)
	if err != nil {
		return target{}, err
	}
	return parse(endpoint.Host, secure)
}

func (s surroundings) readContext(name string) (stored, error) {
	var meta stored
	path := filepath.Join(s.config, "contexts", "meta", digest(name), "meta.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return meta, fmt.Errorf("read the Docker context %q: %w", name, err)
	}
	if err := json.Unmarshal(text, &meta); err != nil {
		return meta, fmt.Errorf("read the Docker context %q: %w", name, err)
	}
	return meta, nil
}

// Contexts lists the names of the docker command's contexts in order, those
// that cannot be read left out. It connects to nothing. The names are foreign.
func Contexts(o Options) []string { return around(o).contexts() }

// contexts are the names of all contexts in order, those that cannot be read left out.
func (s surroundings) contexts() []string {
	names := []string{defaultContext}
	paths, _ := filepath.Glob(filepath.Join(s.config, "contexts", "meta", "*", "meta.json"))
	for _, path := range paths {
		var meta stored
		if text, err := os.ReadFile(path); err == nil && json.Unmarshal(text, &meta) == nil && meta.Name != "" {
			names = append(names, meta.Name)
		}
	}
	slices.Sort(names)
	return names
}

// environmentTLS is what DOCKER_TLS_VERIFY and DOCKER_CERT_PATH ask for, nil
// for nothing. As in the docker command, certificates without
// DOCKER_TLS_VERIFY encrypt without checking who the engine is.
func (s surroundings) environmentTLS() (*tls.Config, error) {
	verify, dir := s.env("DOCKER_TLS_VERIFY") != "", s.env("DOCKER_CERT_PATH")
	if !verify && dir == "" {
		return nil, nil
	}
	if dir == "" {
		dir = s.config
	}
	return loadTLS(dir, !verify)
}

// contextTLS is nil for a context without TLS.
func (s surroundings) contextTLS(name string, skipVerify bool) (*tls.Config, error) {
	dir := filepath.Join(s.config, "contexts", "tls", digest(name), "docker")
	if _, err := os.Stat(dir); err != nil {
		if skipVerify {
			return &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}, nil // as the context says
		}
		return nil, nil
	}
	return loadTLS(dir, skipVerify)
}

// loadTLS reads ca.pem, cert.pem and key.pem of a directory; each may be absent.
func loadTLS(dir string, skipVerify bool) (*tls.Config, error) {
	present := func(name string) string {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err != nil {
			return ""
		}
		return path
	}
	config, err := tlsconfig.Client(tlsconfig.Options{CAFile: present("ca.pem"), CertFile: present("cert.pem"), KeyFile: present("key.pem"),
		InsecureSkipVerify: skipVerify, ExclusiveRootPools: true, MinVersion: tls.VersionTLS12})
	if err != nil {
		return nil, fmt.Errorf("read the Docker certificates in %s: %w", dir, err)
	}
	return config, nil
}

// digest names the directories of a context.
func digest(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])
}

package mlflow

import (
	"fmt"
	"net/url"
	"strings"
)

// Registry reads and writes a registry. Its methods may be called from any
// goroutine. Nothing is written twice by itself: after an error of a change,
// look.
type Registry struct {
	*Reader
	sink sink
}

// OpenRead opens a registry for reading. uri is http://… or https://… of an
// MLflow server, or a directory, plain or as file:…, which must exist. No
// request is sent yet.
func OpenRead(uri string, o Options) (*Reader, error) {
	at, err := resolve(uri)
	if err != nil {
		return nil, err
	}
	if at.server == nil {
		d, err := openDirectory(at.dir, false, o.withDefaults())
		if err != nil {
			return nil, err
		}
		return &Reader{d}, nil
	}
	s, err := newServer(at.server, o.withDefaults())
	if err != nil {
		return nil, err
	}
	return &Reader{s}, nil
}

// Open is OpenRead for writing too.
func Open(uri string, o Options) (*Registry, error) {
	at, err := resolve(uri)
	if err != nil {
		return nil, err
	}
	if at.server == nil {
		d, err := openDirectory(at.dir, o.Create, o.withDefaults())
		if err != nil {
			return nil, err
		}
		return &Registry{&Reader{d}, &directoryWriter{d}}, nil
	}
	s, err := newServer(at.server, o.withDefaults())
	if err != nil {
		return nil, err
	}
	return &Registry{&Reader{s}, &serverWriter{s}}, nil
}

// address is where a registry is: a server or a directory.
type address struct {
	server *url.URL
	dir    string
}

// AddressError says that a URI names no registry that can be used.
type AddressError struct{ text string }

func (e *AddressError) Error() string { return e.text }

func wrongAddress(text string, args ...any) error {
	return &AddressError{fmt.Sprintf(text, args...)}
}

// resolve tells what a URI names. The URI may hold a password: no error quotes
// it, and each is an *AddressError.
func resolve(uri string) (address, error) {
	scheme, _, hasScheme := strings.Cut(uri, ":")
	scheme = strings.ToLower(scheme)
	if strings.HasPrefix(scheme, "databricks") || scheme == "uc" {
		return address{}, wrongAddress("registries of Databricks are not supported yet: give the URL of an MLflow server, or a directory")
	}
	if uri == "" {
		return address{}, wrongAddress("no registry is named: give the URL of an MLflow server, or a directory")
	}
	if !hasScheme || strings.ContainsAny(scheme, "/.") {
		return address{dir: uri}, nil
	}
	u, err := url.Parse(uri)
	switch {
	case err != nil:
		return address{}, wrongAddress("the registry's URI is not valid: give http://HOST:PORT, or a directory (%s…)", clean(scheme))
	case scheme == "file" && (u.Host == "" || u.Host == "localhost"):
		if u.Opaque != "" {
			return address{dir: u.Opaque}, nil
		}
		return address{dir: u.Path}, nil
	case scheme == "file":
		return address{}, wrongAddress("a file: URI of another host: give a directory of this one, as file:/path")
	case scheme != "http" && scheme != "https":
		return address{}, wrongAddress("a registry behind %s: is not supported: give the URL of the MLflow server in front of it, or a directory", clean(scheme))
	case u.Host == "":
		return address{}, wrongAddress("the registry's URL has no host: give http://HOST:PORT")
	}
	return address{server: u}, nil
}

package main

import (
	"context"
	"sync"

	"pitwall/backends/mlflow"
	"pitwall/views"
)

// consoleRegistry is the registry that the console shows: the one that is
// named, or on the local backend that of the stack. Nil for none: elsewhere the
// local stack's is somebody else's.
func (a *app) consoleRegistry(s *session) views.Registry {
	if uri, err := a.namedRegistry(); uri == "" && err == nil && s.choice.kind != localBackend {
		return nil
	}
	return &lateRegistry{open: a.registryReader}
}

// lateRegistry is opened when it is read: the local stack makes its own only
// after the console is there. Why it cannot be opened is the error of that
// reading; the next one tries again. It is safe for concurrent use.
type lateRegistry struct {
	open func() (*mlflow.Reader, error)

	mu     sync.Mutex
	reader *mlflow.Reader // nil until it was opened
}

func (l *lateRegistry) opened() (*mlflow.Reader, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.reader != nil {
		return l.reader, nil
	}
	r, err := l.open()
	if err == nil {
		l.reader = r
	}
	return r, err
}

// Where implements views.Registry without opening anything.
func (l *lateRegistry) Where() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.reader == nil {
		return ""
	}
	return l.reader.Where()
}

// Models implements views.Registry.
func (l *lateRegistry) Models(ctx context.Context) ([]mlflow.Model, error) {
	r, err := l.opened()
	if err != nil {
		return nil, err
	}
	return r.Models(ctx)
}

// Versions implements views.Registry.
func (l *lateRegistry) Versions(ctx context.Context, name string) (mlflow.Model, []mlflow.Version, error) {
	r, err := l.opened()
	if err != nil {
		return mlflow.Model{}, nil, err
	}
	return r.Versions(ctx, name)
}

// Measured implements views.VersionReader.
func (l *lateRegistry) Measured(ctx context.Context, v mlflow.Version) mlflow.Detail {
	r, err := l.opened()
	if err != nil {
		return mlflow.Detail{Version: v, Unknown: map[string]string{mlflow.PartRun: mlflow.Reason(err), mlflow.PartMetrics: mlflow.Reason(err)}}
	}
	return r.Measured(ctx, v)
}

// Detail implements views.VersionReader.
func (l *lateRegistry) Detail(ctx context.Context, name, number string) (mlflow.Detail, error) {
	r, err := l.opened()
	if err != nil {
		return mlflow.Detail{}, err
	}
	return r.Detail(ctx, name, number)
}

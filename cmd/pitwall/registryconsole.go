package main

import (
	"context"
	"errors"
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

// read reads, from the registry that took the place of the one that was opened
// where that happened.
func (l *lateRegistry) read(look func(*mlflow.Reader) error) error {
	r, err := l.opened()
	if err != nil {
		return err
	}
	if err = look(r); !errors.Is(err, mlflow.ErrReplaced) {
		return err
	}
	l.mu.Lock()
	l.reader = nil
	l.mu.Unlock()
	if r, err = l.opened(); err != nil {
		return err
	}
	return look(r)
}

// Models implements views.Registry.
func (l *lateRegistry) Models(ctx context.Context) (list []mlflow.Model, err error) {
	err = l.read(func(r *mlflow.Reader) error {
		list, err = r.Models(ctx)
		return err
	})
	return list, err
}

// Versions implements views.Registry.
func (l *lateRegistry) Versions(ctx context.Context, name string) (m mlflow.Model, list []mlflow.Version, err error) {
	err = l.read(func(r *mlflow.Reader) error {
		m, list, err = r.Versions(ctx, name)
		return err
	})
	return m, list, err
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

package mlflow

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// sink writes a registry. Nothing in it deletes a model or a version (trap 10).
type sink interface {
	aliasSink
	tagSink
	setStage(ctx context.Context, name, number, stage string, archive bool) (Version, error)
	register(ctx context.Context, r Registration, file upload) (Version, error)
}

type aliasSink interface {
	setAlias(ctx context.Context, name, alias, number string) error
	deleteAlias(ctx context.Context, name, alias string) error
}

type tagSink interface { // of a version, or with number "" of the model
	setTag(ctx context.Context, name, number, key, value string) error
	deleteTag(ctx context.Context, name, number, key string) error
}

// AliasChange moves an alias of a model from one version to another.
type AliasChange struct {
	Model, Alias string
	Before       string // the version it points to, "" for none
	After        string // the version it shall point to, "" to remove it
}

func (c AliasChange) String() string {
	return fmt.Sprintf("alias %s of %s: %s → %s", c.Alias, c.Model, orWord(c.Before, "none"), orWord(c.After, "none"))
}

// AliasMovedError says that an alias is not where it was expected. The server
// has no compare-and-set and reports no conflict: it is told, never written
// again.
type AliasMovedError struct {
	Change  AliasChange
	Found   string // the version that it points to, "" for none
	Written bool   // we had written it: somebody else did too, at the same time
}

func (e *AliasMovedError) Error() string {
	found := orWord(e.Found, "none")
	if e.Written {
		return fmt.Sprintf("alias %s of %s was set to %s, but reads back as %s: somebody else moved it at the same time; look before you change it again",
			e.Change.Alias, e.Change.Model, orWord(e.Change.After, "none"), found)
	}
	return fmt.Sprintf("alias %s of %s was moved since you looked (now %s, not %s): nothing was changed; review again",
		e.Change.Alias, e.Change.Model, found, orWord(e.Change.Before, "none"))
}

var aliasName = regexp.MustCompile(`^[\w-]{1,255}$`)

var versionAlias = regexp.MustCompile(`(?i)^v\d+$`)

// checkAlias says what is wrong with the name of an alias, by MLflow's rules
// (trap 9), before anything is sent.
func checkAlias(alias string) error {
	switch {
	case !aliasName.MatchString(alias):
		return invalid("set alias "+clean(alias), "an alias has 1 to 255 letters, digits, - and _")
	case strings.EqualFold(alias, "latest") || versionAlias.MatchString(alias):
		return invalid("set alias "+alias, "MLflow keeps latest and v1, v2, … for itself")
	}
	return nil
}

// PlanAlias reads what a change of an alias would replace. The version must
// exist.
func (r *Reader) PlanAlias(ctx context.Context, name, alias, number string) (AliasChange, error) {
	if err := checkAlias(alias); err != nil {
		return AliasChange{}, err
	}
	if number != "" {
		if _, err := r.version(ctx, name, number); err != nil {
			return AliasChange{}, err
		}
	}
	m, err := r.model(ctx, name)
	return AliasChange{Model: name, Alias: alias, Before: m.Aliases[alias], After: number}, err
}

// SetAlias carries a change out: it reads the alias, refuses when it has moved,
// writes, and reads it back. The error is *AliasMovedError when it was or is
// somewhere else. An alias is read again after a failed write, and counts as
// set when it is.
func (r *Registry) SetAlias(ctx context.Context, c AliasChange) error {
	if err := checkAlias(c.Alias); err != nil {
		return err
	}
	m, err := r.model(ctx, c.Model)
	if err != nil {
		return err
	}
	if found := m.Aliases[c.Alias]; found != c.Before {
		return &AliasMovedError{Change: c, Found: found}
	}
	if c.After == "" {
		err = r.sink.deleteAlias(ctx, c.Model, c.Alias)
	} else {
		err = r.sink.setAlias(ctx, c.Model, c.Alias, c.After)
	}
	m, readErr := r.model(ctx, c.Model)
	switch {
	case readErr != nil && err != nil:
		return err
	case readErr != nil:
		return fmt.Errorf("alias %s of %s was written, and could not be read back: %w", c.Alias, c.Model, readErr)
	case m.Aliases[c.Alias] == c.After:
		return nil
	case err != nil:
		return err
	}
	return &AliasMovedError{Change: c, Found: m.Aliases[c.Alias], Written: true}
}

// Stages of a version, deprecated since MLflow 2.9.
var stages = []string{"None", "Staging", "Production", "Archived"}

// SetStage moves a version to a stage, deprecated by MLflow since 2.9: only
// where an operator asked for it. With archive, versions that are in the stage
// are archived; without, two may be in Production (trap 8). The version is
// returned as the registry has it then.
func (r *Registry) SetStage(ctx context.Context, name, number, stage string, archive bool) (Version, error) {
	for _, s := range stages {
		if strings.EqualFold(s, stage) {
			v, err := r.sink.setStage(ctx, name, number, s, archive)
			if err == nil && v.Stage != s {
				return v, fmt.Errorf("version %s of %s was moved to %s, but reads back as %s", number, name, s, clean(v.Stage))
			}
			return v, err
		}
	}
	return Version{}, invalid("move version "+number+" of "+name, "stage "+clean(stage)+": choose None, Staging, Production or Archived")
}

// Limits of tags that hold on every version of MLflow (trap 13).
const (
	maxTagKey   = 250
	maxTagValue = 5000
)

func checkTag(key, value string) error {
	switch {
	case key == "" || len(key) > maxTagKey:
		return invalid("set tag "+clean(key), "the name of a tag has 1 to 250 characters")
	case len(value) > maxTagValue:
		return invalid("set tag "+clean(key), "the value of a tag has at most 5000 characters")
	}
	return nil
}

// SetTag sets a tag of a version, or with number "" of the model.
func (r *Registry) SetTag(ctx context.Context, name, number, key, value string) error {
	if err := checkTag(key, value); err != nil {
		return err
	}
	return r.sink.setTag(ctx, name, number, key, value)
}

// DeleteTag removes a tag of a version, or with number "" of the model. A tag
// that is not there is no error.
func (r *Registry) DeleteTag(ctx context.Context, name, number, key string) error {
	return r.sink.deleteTag(ctx, name, number, key)
}

// ErrNoUpload says that a file cannot be uploaded through the server.
var ErrNoUpload = errors.New("the server does not take files: it keeps artefacts in a store of its own, which only MLflow's own client reaches; " +
	"start it with --serve-artifacts, or log the model there")

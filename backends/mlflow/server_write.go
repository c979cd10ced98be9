package mlflow

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// serverWriter changes what a server holds. Only Open makes one.
type serverWriter struct{ *server }

// send makes one change. It is never repeated: whether a change that failed was
// made is for the caller to find out. DELETE takes a JSON body too; query
// parameters would be ignored.
func (s serverWriter) send(ctx context.Context, doing, method, call string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	a, err := s.once(ctx, doing, method, s.url(apiPath+call, nil), "application/json", text)
	if err != nil {
		return err
	}
	if a.status >= 300 {
		return s.refusal(doing, a)
	}
	return s.decode(doing, a, into)
}

type aliasBody struct {
	Name    string `json:"name"`
	Alias   string `json:"alias"`
	Version string `json:"version,omitempty"` // a string everywhere
}

func (s serverWriter) setAlias(ctx context.Context, name, alias, number string) error {
	return s.send(ctx, "set alias "+alias+" of "+name, http.MethodPost, "registered-models/alias", aliasBody{name, alias, number}, nil)
}

func (s serverWriter) deleteAlias(ctx context.Context, name, alias string) error {
	return s.send(ctx, "remove alias "+alias+" of "+name, http.MethodDelete, "registered-models/alias", aliasBody{Name: name, Alias: alias}, nil)
}

func (s serverWriter) setStage(ctx context.Context, name, number, stage string, archive bool) (Version, error) {
	var got struct {
		Version wireVersion `json:"model_version"`
	}
	err := s.send(ctx, "move version "+number+" of "+name+" to "+stage, http.MethodPost, "model-versions/transition-stage", struct {
		Name    string `json:"name"`
		Version string `json:"version"`
		Stage   string `json:"stage"`
		Archive bool   `json:"archive_existing_versions"`
	}{name, number, stage, archive}, &got)
	return got.Version.version(), err
}

type tagBody struct {
	Name    string  `json:"name"`
	Version string  `json:"version,omitempty"`
	Key     string  `json:"key"`
	Value   *string `json:"value,omitempty"`
}

func tagOwner(number string) string {
	if number == "" {
		return "registered-models/"
	}
	return "model-versions/"
}

func (s serverWriter) setTag(ctx context.Context, name, number, key, value string) error {
	return s.send(ctx, "set tag "+key+" of "+name, http.MethodPost, tagOwner(number)+"set-tag", tagBody{name, number, key, &value}, nil)
}

func (s serverWriter) deleteTag(ctx context.Context, name, number, key string) error {
	return s.send(ctx, "remove tag "+key+" of "+name, http.MethodDelete, tagOwner(number)+"delete-tag", tagBody{Name: name, Version: number, Key: key}, nil)
}

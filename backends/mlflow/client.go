package mlflow

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Sizes of what is asked for. A parameter that is misspelt is ignored by the
// server (trap 16) and 0 gives nothing (trap 4): a test compares the queries.
const (
	modelPage   = 1000  // the most that registered-models/search takes
	versionPage = 1000  // model-versions/search takes up to 200000
	historyPage = 25000 // always sent (trap 3)
	maxPages    = 100   // of one listing
)

// page is one page of a listing.
type page struct {
	Token string `json:"next_page_token"`
}

// pages asks for page after page until the last. It stops at a token that it
// has seen: some servers never advance (trap 3). ask reads one page and returns
// how many entries it had and the token of the next.
func pages(query url.Values, ask func(url.Values) (entries int, next string, err error)) error {
	seen := map[string]bool{}
	for range maxPages {
		n, next, err := ask(query)
		if err != nil || n == 0 || next == "" || seen[next] {
			return err
		}
		seen[next] = true
		query.Set("page_token", next)
	}
	return nil
}

func (s *server) where() string { return s.base.String() }

func (s *server) models(ctx context.Context) ([]Model, error) {
	var list []Model
	had := map[string]bool{} // pages shift while models are added (trap 5)
	query := url.Values{"max_results": {strconv.Itoa(modelPage)}, "order_by": {"name ASC"}}
	err := pages(query, func(q url.Values) (int, string, error) {
		var got struct {
			page
			Models []wireModel `json:"registered_models"`
		}
		if err := s.get(ctx, "list the models", "registered-models/search", q, &got); err != nil {
			return 0, "", err
		}
		for _, w := range got.Models {
			if m := w.model(); !had[m.Name] && m.Tags[promptTag] != "true" { // trap 11
				had[m.Name] = true
				list = append(list, m)
			}
		}
		return len(got.Models), got.Token, nil
	})
	return list, err
}

func (s *server) model(ctx context.Context, name string) (Model, error) {
	var got struct {
		Model wireModel `json:"registered_model"`
	}
	err := s.get(ctx, "read model "+name, "registered-models/get", url.Values{"name": {name}}, &got)
	return got.Model.model(), err
}

func (s *server) versions(ctx context.Context, name string) ([]Version, error) {
	var list []Version
	had := map[string]bool{}
	query := url.Values{"filter": {"name=" + quoted(name)}, "max_results": {strconv.Itoa(versionPage)}, "order_by": {"version_number DESC"}}
	err := pages(query, func(q url.Values) (int, string, error) {
		var got struct {
			page
			Versions []wireVersion `json:"model_versions"`
		}
		if err := s.get(ctx, "list the versions of "+name, "model-versions/search", q, &got); err != nil {
			return 0, "", err
		}
		for _, w := range got.Versions {
			if v := w.version(); v.Model == name && !had[v.Number] {
				had[v.Number] = true
				list = append(list, v)
			}
		}
		return len(got.Versions), got.Token, nil
	})
	slices.SortFunc(list, byNumber)
	return list, err
}

// quoted is a value in a filter. A name with ' in it takes " as its delimiter
// (trap 12).
func quoted(name string) string {
	if strings.Contains(name, "'") {
		return `"` + name + `"`
	}
	return "'" + name + "'"
}

func (s *server) version(ctx context.Context, name, number string) (Version, error) {
	var got struct {
		Version wireVersion `json:"model_version"`
	}
	err := s.get(ctx, "read version "+number+" of "+name, "model-versions/get", url.Values{"name": {name}, "version": {number}}, &got)
	return got.Version.version(), err
}

func (s *server) run(ctx context.Context, id string) (Run, error) {
	var got struct {
		Run wireRun `json:"run"`
	}
	err := s.get(ctx, "read run "+id, "runs/get", url.Values{"run_id": {id}}, &got)
	return got.Run.run(), err
}

func (s *server) history(ctx context.Context, id, key string) ([]Metric, error) {
	var list []Metric
	query := url.Values{"run_id": {id}, "metric_key": {key}, "max_results": {strconv.Itoa(historyPage)}}
	err := pages(query, func(q url.Values) (int, string, error) {
		var got struct {
			page
			Metrics []wireMetric `json:"metrics"`
		}
		if err := s.get(ctx, "read the history of "+key, "metrics/get-history", q, &got); err != nil {
			return 0, "", err
		}
		list = append(list, metrics(got.Metrics)...)
		return len(got.Metrics), got.Token, nil
	})
	return list, err
}

func (s *server) loggedModel(ctx context.Context, id string) (LoggedModel, error) {
	var got struct {
		Model wireLogged `json:"model"`
	}
	err := s.get(ctx, "read logged model "+id, "logged-models/"+url.PathEscape(id), nil, &got)
	return got.Model.logged(), err
}

// about asks for the version and the user. A server that does not tell is no
// error: only basic auth of 3.x knows who we are.
func (s *server) about(ctx context.Context) (Server, error) {
	a, err := s.read(ctx, "ask the server for its version", s.url("/version", nil))
	if err != nil {
		return Server{}, err
	}
	version := strings.TrimSpace(string(a.body[:min(len(a.body), 64)]))
	if version == "" || strings.ContainsAny(version, "<> \n") {
		return Server{}, &Error{Doing: "ask the server for its version", Status: a.status, Message: "the answer is no version number",
			Hint: "is that the URL of MLflow itself?"}
	}
	var got struct {
		User struct {
			Name string `json:"username"`
		} `json:"user"`
	}
	if s.auth.user != "" && s.get(ctx, "ask who we are", "users/current", nil, &got) != nil {
		return Server{Version: version}, nil
	}
	return Server{Version: version, User: got.User.Name}, nil
}

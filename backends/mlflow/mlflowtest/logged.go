package mlflowtest

import (
	"net"
	"net/url"
	"slices"
)

// loggedModel is the entity of MLflow 3.x that stands beside a run.
type loggedModel struct {
	id, experiment, name, kind, run, status string
	created, updated                        int64
	params                                  pairs
	metrics                                 []metric
}

func (l *loggedModel) artifactURI() string {
	return "mlflow-artifacts:/" + l.experiment + "/models/" + l.id + "/artifacts"
}

func (l *loggedModel) json() object {
	data := object{}.put("params", l.params)
	if len(l.metrics) > 0 {
		data["metrics"] = l.metrics
	}
	return object{"info": object{"model_id": l.id, "experiment_id": l.experiment, "name": l.name, "creation_timestamp_ms": l.created,
		"last_updated_timestamp_ms": l.updated, "artifact_uri": l.artifactURI(), "status": l.status}.put("model_type", l.kind).put("source_run_id", l.run), "data": data}
}

func createLogged(s *Server, c *call) (any, error) {
	experiment, err := c.need("experiment_id")
	if err != nil {
		return nil, err
	}
	l := &loggedModel{id: "m-" + s.newID(), experiment: experiment, status: "LOGGED_MODEL_PENDING", created: s.tick(), params: c.pairs("params")}
	l.updated = l.created
	for name, into := range map[string]*string{"name": &l.name, "model_type": &l.kind, "source_run_id": &l.run} {
		if *into, err = c.text(name); err != nil {
			return nil, err
		}
	}
	s.logged = append(s.logged, l)
	return object{"model": l.json()}, nil
}

func (s *Server) loggedModel(id string) (*loggedModel, error) {
	if i := slices.IndexFunc(s.logged, func(l *loggedModel) bool { return l.id == id }); i >= 0 {
		return s.logged[i], nil
	}
	return nil, absent("Logged model with ID '%s' not found.", id)
}

func getLogged(s *Server, c *call) (any, error) {
	l, err := s.loggedModel(c.id)
	if err != nil {
		return nil, err
	}
	return object{"model": l.json()}, nil
}

func finalizeLogged(s *Server, c *call) (any, error) {
	l, err := s.loggedModel(c.id)
	if err != nil {
		return nil, err
	}
	if l.status, err = c.need("status"); err != nil {
		return nil, err
	}
	l.updated = s.tick()
	return object{"model": l.json()}, nil
}

func searchLogged(s *Server, c *call) (any, error) {
	var list []object
	for _, l := range s.logged {
		if slices.Contains(c.list("experiment_ids"), l.experiment) {
			list = append(list, l.json())
		}
	}
	return object{}.put("models", list), nil
}

// logToModel notes a metric of a run on a logged model too.
func (s *Server) logToModel(c *call, id, run string, m metric) error {
	l, err := s.loggedModel(id)
	if err != nil {
		return err
	}
	m.ModelID, m.RunID = id, run
	if m.DatasetName, err = c.text("dataset_name"); err == nil {
		m.DatasetDigest, err = c.text("dataset_digest")
	}
	l.metrics = append(l.metrics, m)
	return err
}

func listWebhooks(*Server, *call) (any, error) { return object{}, nil }

// createWebhook refuses addresses that are not public, and keeps none.
func createWebhook(_ *Server, c *call) (any, error) {
	text, err := c.need("url")
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, invalid("Invalid webhook URL: %s", text)
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && (ip.IsLoopback() || ip.IsPrivate()) {
		return nil, invalid("Webhook URL must not resolve to a non-public IP address. '%s' resolves to %s.", u.Hostname(), ip)
	}
	return nil, invalid("this server keeps no webhooks")
}

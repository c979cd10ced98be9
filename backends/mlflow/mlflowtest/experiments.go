package mlflowtest

import (
	"fmt"
	"slices"
)

// experiment groups runs.
type experiment struct {
	id, name string
	created  int64
	tags     pairs
}

// location is where the artefacts of an experiment are.
func (s *Server) location(id string) string {
	if s.NoUploads {
		return "s3://bucket/" + id
	}
	return "mlflow-artifacts:/" + id
}

func (s *Server) experimentJSON(e *experiment) object {
	return object{"experiment_id": e.id, "name": e.name, "artifact_location": s.location(e.id), "lifecycle_stage": "active",
		"last_update_time": e.created, "creation_time": e.created}.put("tags", e.tags)
}

func createExperiment(s *Server, c *call) (any, error) {
	name, err := c.need("name")
	if err != nil {
		return nil, err
	}
	now := s.tick()
	for _, e := range s.experiments {
		if e.name != name {
			continue
		}
		why := "(raised as a result of Query-invoked autoflush; consider using a session.no_autoflush block if this flush is occurring prematurely)\n" +
			integrity("experiments.name", "INSERT INTO experiments (name, artifact_location, lifecycle_stage, creation_time, last_update_time) VALUES (?, ?, ?, ?, ?)",
				fmt.Sprintf("'%s', '', 'active', %d, %d", name, now, now))
		if s.v3() {
			why = integrity("experiments.workspace, experiments.name",
				"INSERT INTO experiments (name, workspace, artifact_location, lifecycle_stage, creation_time, last_update_time) VALUES (?, ?, ?, ?, ?, ?)",
				fmt.Sprintf("'%s', 'default', '', 'active', %d, %d", name, now, now))
		}
		return nil, exists("Experiment(name=%s) already exists. Error: %s", name, why)
	}
	e := &experiment{id: fmt.Sprint(len(s.experiments)), name: name, created: now, tags: c.pairs("tags")}
	s.experiments = append(s.experiments, e)
	return object{"experiment_id": e.id}, nil
}

func getExperimentByName(s *Server, c *call) (any, error) {
	name, err := c.need("experiment_name")
	if err != nil {
		return nil, err
	}
	for _, e := range s.experiments {
		if e.name == name {
			return object{"experiment": s.experimentJSON(e)}, nil
		}
	}
	return nil, absent("Could not find experiment with name '%s'", name)
}

func searchExperiments(s *Server, c *call) (any, error) {
	text, err := c.text("filter")
	if err != nil {
		return nil, err
	}
	filter, err := parseFilter(text, "name")
	if err != nil {
		return nil, err
	}
	var list []object
	for _, e := range s.experiments {
		if !slices.ContainsFunc(filter, func(f clause) bool { return !f.holds(e.name, true) }) {
			list = append(list, s.experimentJSON(e))
		}
	}
	return object{}.put("experiments", list), nil
}

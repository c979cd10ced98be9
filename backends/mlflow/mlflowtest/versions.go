package mlflowtest

import (
	"slices"
	"strconv"
	"strings"
)

// version is a version of a registered model.
type version struct {
	of                 *model
	number             int
	created, updated   int64
	stage, description string
	source, runID      string
	tags               pairs
}

// json is a version; aliases are nil where the server leaves them out.
func (v *version) json(aliases []string) object {
	return object{"name": v.of.name, "version": strconv.Itoa(v.number), "creation_timestamp": v.created, "last_updated_timestamp": v.updated,
		"current_stage": v.stage, "description": v.description, "source": v.source, "run_id": v.runID, "status": "READY", "run_link": ""}.
		put("tags", v.tags).put("aliases", aliases)
}

// aliases are the names that point to a version.
func (v *version) aliases() []string {
	var out []string
	for _, a := range v.of.sortedAliases() {
		if a.Value == strconv.Itoa(v.number) {
			out = append(out, a.Key)
		}
	}
	return out
}

func (s *Server) version(name, number string) (*version, error) {
	n, err := strconv.Atoi(number)
	if err != nil {
		if s.v3() {
			return nil, invalid("Parameter 'version' must be an integer, got '%s'.", number)
		}
		return nil, invalid("Model version must be an integer, got '%s'", number)
	}
	if m, err := s.model(name); err == nil {
		for _, v := range m.versions {
			if v.number == n {
				return v, nil
			}
		}
	}
	return nil, absent("Model Version (name=%s, version=%s) not found", name, number)
}

// versioned is the version that a call names.
func (s *Server) versioned(c *call) (*version, error) {
	p, err := c.needs("name", "version")
	if err != nil {
		return nil, err
	}
	return s.version(p[0], p[1])
}

func createVersion(s *Server, c *call) (any, error) {
	p, err := c.needs("name", "source")
	if err != nil {
		return nil, err
	}
	source := p[1]
	if strings.HasPrefix(source, "file:") || strings.HasPrefix(source, "/") {
		return nil, invalid("Invalid model version source: '%s'. To use a local path as a model version source, the run_id request parameter has to be specified and "+
			"the local path has to be contained within the artifact directory of the run specified by the run_id.", source)
	}
	m, err := s.model(p[0])
	if err != nil {
		return nil, err
	}
	v := &version{of: m, stage: "None", source: source, created: s.tick(), tags: c.pairs("tags")}
	if v.runID, err = c.text("run_id"); err == nil {
		v.description, err = c.text("description")
	}
	if err != nil {
		return nil, err
	}
	m.last++
	v.number, v.updated, m.updated = m.last, v.created, v.created
	m.versions = append(m.versions, v)
	return object{"model_version": v.json(nil)}, nil
}

func getVersion(s *Server, c *call) (any, error) {
	v, err := s.versioned(c)
	if err != nil {
		return nil, err
	}
	return object{"model_version": v.json(v.aliases())}, nil
}

func getDownloadURI(s *Server, c *call) (any, error) {
	v, err := s.versioned(c)
	if err != nil {
		return nil, err
	}
	uri := v.source
	if id, found := strings.CutPrefix(uri, "models:/"); found {
		for _, l := range s.logged {
			if l.id == id {
				uri = l.artifactURI()
			}
		}
	}
	return object{"artifact_uri": uri}, nil
}

func searchVersions(s *Server, c *call) (any, error) {
	w, err := c.page(10_000, 200_000)
	if err != nil {
		return nil, err
	}
	filter, err := parseFilter(c.query.Get("filter"), "name", "run_id", "source_path", "version_number")
	if err != nil {
		return nil, err
	}
	orders := append(c.query["order_by"], "last_updated_timestamp DESC", "name ASC", "version_number DESC")
	order, err := ordering(orders, []string{"name", "version_number", "creation_timestamp", "last_updated_timestamp"}, func(v *version, key string) any {
		return map[string]any{"name": v.of.name, "version_number": v.number, "creation_timestamp": v.created, "last_updated_timestamp": v.updated}[key]
	})
	if err != nil {
		return nil, err
	}
	var found []*version
	for _, m := range s.models {
		for _, v := range m.versions {
			if c.by.may(m.name, "READ") && v.matches(filter) {
				found = append(found, v)
			}
		}
	}
	slices.SortStableFunc(found, order)
	part, next := cut(found, w)
	var list []object
	for _, v := range part {
		list = append(list, v.json(nil)) // never with aliases (trap 2)
	}
	return object{}.put("model_versions", list).put("next_page_token", next), nil
}

func (v *version) matches(filter []clause) bool {
	for _, f := range filter {
		have, found := map[string]string{"name": v.of.name, "run_id": v.runID, "source_path": v.source, "version_number": strconv.Itoa(v.number)}[f.key], true
		if f.tag {
			have, found = v.tags.get(f.key), slices.ContainsFunc(v.tags, func(p pair) bool { return p.Key == f.key })
		}
		if !f.holds(have, found) {
			return false
		}
	}
	return true
}

func updateVersion(s *Server, c *call) (any, error) {
	v, err := s.versioned(c)
	if err != nil {
		return nil, err
	}
	if v.description, err = c.text("description"); err != nil {
		return nil, err
	}
	v.updated = s.tick()
	return object{"model_version": v.json(v.aliases())}, nil
}

// deleteVersion leaves the aliases of the version behind (trap 2).
func deleteVersion(s *Server, c *call) (any, error) {
	v, err := s.versioned(c)
	if err != nil {
		return nil, err
	}
	v.of.versions = slices.DeleteFunc(v.of.versions, func(x *version) bool { return x == v })
	v.of.updated = s.tick()
	return object{}, nil
}

func setVersionTag(s *Server, c *call) (any, error) {
	v, err := s.versioned(c)
	if err != nil {
		return nil, err
	}
	key, value, err := s.tag(c)
	if err != nil {
		return nil, err
	}
	v.tags = v.tags.with(key, value)
	return object{}, nil
}

func deleteVersionTag(s *Server, c *call) (any, error) {
	v, err := s.versioned(c)
	if err != nil {
		return nil, err
	}
	key, err := c.need("key")
	v.tags = v.tags.without(key)
	return object{}, err
}

var stages = []string{"None", "Staging", "Production", "Archived"}

// transitionStage takes a stage in any case (trap 8).
func transitionStage(s *Server, c *call) (any, error) {
	p, err := c.needs("name", "version", "stage")
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(stages, func(stage string) bool { return strings.EqualFold(stage, p[2]) })
	if at < 0 {
		return nil, invalid("Invalid Model Version stage: %s. Value must be one of %s.", p[2], strings.Join(stages, ", "))
	}
	v, err := s.version(p[0], p[1])
	if err != nil {
		return nil, err
	}
	v.stage, v.updated = stages[at], s.tick()
	v.of.updated = v.updated
	if archive, _ := c.body["archive_existing_versions"].(bool); archive {
		for _, other := range v.of.versions {
			if other != v && other.stage == v.stage {
				other.stage, other.updated = "Archived", v.updated
			}
		}
	}
	return object{"model_version": v.json(v.aliases())}, nil
}

func getLatest(s *Server, c *call) (any, error) {
	m, err := s.named(c)
	if err != nil {
		return nil, err
	}
	var list []object
	for _, v := range m.latest(c.list("stages")...) {
		var aliases []string
		if s.v3() {
			aliases = v.aliases()
		}
		list = append(list, v.json(aliases))
	}
	return object{}.put("model_versions", list), nil
}

package mlflowtest

import (
	"fmt"
	"slices"
	"strings"
)

// model is a registered model.
type model struct {
	name, description string
	created, updated  int64
	tags              pairs
	aliases           pairs // alias to version, also of a deleted one
	versions          []*version
	last              int // highest number that was given
}

const promptTag = "mlflow.prompt.is_prompt"

// tick is the time in milliseconds, never the same twice.
func (s *Server) tick() int64 {
	now := s.Now().UnixMilli()
	s.lastTick = max(s.lastTick+1, now)
	return s.lastTick
}

func (s *Server) model(name string) (*model, error) {
	for _, m := range s.models {
		if m.name == name {
			return m, nil
		}
	}
	return nil, absent("Registered Model with name=%s not found", name)
}

// latest are the newest versions of each stage, in the order of the stages.
func (m *model) latest(wanted ...string) []*version {
	newest := map[string]*version{}
	for _, v := range m.versions {
		if len(wanted) == 0 || slices.Contains(wanted, v.stage) {
			newest[v.stage] = v
		}
	}
	var out []*version
	for _, stage := range []string{"Archived", "None", "Production", "Staging"} {
		if v := newest[stage]; v != nil {
			out = append(out, v)
		}
	}
	return out
}

func (m *model) json() object {
	var latest, aliases []object
	for _, v := range m.latest() {
		latest = append(latest, v.json(nil))
	}
	for _, a := range m.sortedAliases() {
		aliases = append(aliases, object{"alias": a.Key, "version": a.Value})
	}
	return object{"name": m.name, "creation_timestamp": m.created, "last_updated_timestamp": m.updated}.
		put("description", m.description).put("latest_versions", latest).put("tags", m.tags).put("aliases", aliases)
}

func (m *model) sortedAliases() pairs {
	return slices.SortedFunc(slices.Values(m.aliases), func(a, b pair) int { return strings.Compare(a.Key, b.Key) })
}

func createModel(s *Server, c *call) (any, error) {
	name, err := c.need("name")
	if err != nil {
		return nil, err
	}
	if s.v3() && strings.ContainsAny(name, "/:") {
		return nil, invalid("Invalid model name '%s'. Names cannot contain '/' or ':'.", name)
	}
	now := s.tick()
	if _, err := s.model(name); err == nil {
		if s.v3() {
			return nil, exists("Registered Model (name=%s) already exists.", name)
		}
		return nil, exists("Registered Model (name=%s) already exists. Error: %s", name, integrity("registered_models.name",
			"INSERT INTO registered_models (name, creation_time, last_updated_time, description) VALUES (?, ?, ?, ?)", fmt.Sprintf("'%s', %d, %d, ''", name, now, now)))
	}
	description, err := c.text("description")
	if err != nil {
		return nil, err
	}
	m := &model{name: name, description: description, created: now, updated: now, tags: c.pairs("tags")}
	s.models = append(s.models, m)
	if c.by != nil {
		c.by.permissions[name] = "MANAGE"
	}
	return object{"registered_model": m.json()}, nil
}

// integrity is what the database says of something that is there already; real
// servers pass it on (trap 6).
func integrity(columns, statement, values string) string {
	return fmt.Sprintf("(sqlite3.IntegrityError) UNIQUE constraint failed: %s\n[SQL: %s]\n[parameters: (%s)]\n(Background on this error at: https://sqlalche.me/e/14/gkpj)",
		columns, statement, values)
}

// named is the model that a call names.
func (s *Server) named(c *call) (*model, error) {
	name, err := c.need("name")
	if err != nil {
		return nil, err
	}
	return s.model(name)
}

func getModel(s *Server, c *call) (any, error) {
	m, err := s.named(c)
	if err != nil {
		return nil, err
	}
	return object{"registered_model": m.json()}, nil
}

func searchModels(s *Server, c *call) (any, error) {
	w, err := c.page(100, 1000)
	if err != nil {
		return nil, err
	}
	filter, err := parseFilter(c.query.Get("filter"), "name")
	if err != nil {
		return nil, err
	}
	order, err := ordering(append(c.query["order_by"], "name ASC"), []string{"name", "creation_timestamp", "last_updated_timestamp"}, func(m *model, key string) any {
		return map[string]any{"name": m.name, "creation_timestamp": m.created, "last_updated_timestamp": m.updated}[key]
	})
	if err != nil {
		return nil, err
	}
	asksForPrompts := slices.ContainsFunc(filter, func(f clause) bool { return f.key == promptTag })
	var found []*model
	for _, m := range s.models {
		hidden := s.v3() && !asksForPrompts && m.tags.get(promptTag) == "true"
		if !hidden && c.by.may(m.name, "READ") && m.matches(filter) {
			found = append(found, m)
		}
	}
	slices.SortStableFunc(found, order)
	part, next := cut(found, w)
	var list []object
	for _, m := range part {
		list = append(list, m.json())
	}
	return object{}.put("registered_models", list).put("next_page_token", next), nil
}

func (m *model) matches(filter []clause) bool {
	for _, f := range filter {
		have, found := m.name, true
		if f.tag {
			have, found = m.tags.get(f.key), slices.ContainsFunc(m.tags, func(p pair) bool { return p.Key == f.key })
		}
		if !f.holds(have, found) {
			return false
		}
	}
	return true
}

func updateModel(s *Server, c *call) (any, error) {
	m, err := s.named(c)
	if err != nil {
		return nil, err
	}
	if m.description, err = c.text("description"); err != nil {
		return nil, err
	}
	m.updated = s.tick()
	return object{"registered_model": m.json()}, nil
}

func renameModel(s *Server, c *call) (any, error) {
	m, err := s.named(c)
	if err != nil {
		return nil, err
	}
	name, err := c.need("new_name")
	if err != nil {
		return nil, err
	}
	if _, err := s.model(name); err == nil {
		return nil, exists("Registered Model (name=%s) already exists.", name)
	}
	m.name, m.updated = name, s.tick()
	for _, v := range m.versions {
		v.updated = m.updated
	}
	return object{"registered_model": m.json()}, nil
}

func deleteModel(s *Server, c *call) (any, error) {
	m, err := s.named(c)
	if err != nil {
		return nil, err
	}
	s.models = slices.DeleteFunc(s.models, func(x *model) bool { return x == m })
	return object{}, nil
}

// shownValue is how much of a value that is too long 2.x quotes.
const shownValue = 250

// maxTagValue is the most characters of a tag's value (trap 13).
func (s *Server) maxTagValue() int {
	if s.v3() {
		return 100_000
	}
	return 5000
}

// tag reads a tag that is to be set.
func (s *Server) tag(c *call) (key, value string, err error) {
	if key, err = c.need("key"); err == nil {
		value, err = c.text("value")
	}
	if most := s.maxTagValue(); err == nil && len(value) > most {
		if s.v3() {
			return "", "", invalid("'value' exceeds the maximum length of %d characters", most)
		}
		return "", "", invalid("Model version value '%s' had length %d, which exceeded length limit of %d", value[:shownValue], len(value), most)
	}
	return key, value, err
}

func setModelTag(s *Server, c *call) (any, error) {
	m, err := s.named(c)
	if err != nil {
		return nil, err
	}
	key, value, err := s.tag(c)
	if err != nil {
		return nil, err
	}
	m.tags = m.tags.with(key, value)
	return object{}, nil
}

func deleteModelTag(s *Server, c *call) (any, error) {
	m, err := s.named(c)
	if err != nil {
		return nil, err
	}
	key, err := c.need("key")
	m.tags = m.tags.without(key)
	return object{}, err
}

package mlflowtest

import (
	"regexp"
	"strings"
)

var (
	aliasName    = regexp.MustCompile(`^[\w\-]*$`)
	versionAlias = regexp.MustCompile(`(?i)^v\d+$`)
)

// checkAlias has MLflow's rules (trap 9).
func (s *Server) checkAlias(alias string) error {
	switch {
	case len(alias) > 255 && s.v3():
		return invalid("'Registered model alias name' exceeds the maximum length of 255 characters")
	case len(alias) > 255:
		return invalid("Registered model alias name '%s' had length %d, which exceeded length limit of 255", alias[:shownValue], len(alias))
	case !aliasName.MatchString(alias):
		return invalid("Invalid alias name: '%s'. Names may only contain alphanumerics, underscores (_), and dashes (-).", alias)
	case strings.EqualFold(alias, "latest"):
		return invalid("'latest' alias name (case insensitive) is reserved.")
	case versionAlias.MatchString(alias):
		return invalid("Version alias name '%s' is reserved.", alias)
	}
	return nil
}

// setAlias moves an alias without a precondition.
func setAlias(s *Server, c *call) (any, error) {
	p, err := c.needs("name", "alias", "version")
	if err != nil {
		return nil, err
	}
	if err := s.checkAlias(p[1]); err != nil {
		return nil, err
	}
	v, err := s.version(p[0], p[2])
	if err != nil {
		return nil, err
	}
	v.of.aliases = v.of.aliases.with(p[1], p[2])
	return object{}, nil
}

func deleteAlias(s *Server, c *call) (any, error) {
	p, err := c.needs("name", "alias")
	if err != nil {
		return nil, err
	}
	m, err := s.model(p[0])
	if err != nil {
		return nil, err
	}
	m.aliases = m.aliases.without(p[1])
	return object{}, nil
}

// getAlias answers 400 for an alias that is absent (trap 1).
func getAlias(s *Server, c *call) (any, error) {
	p, err := c.needs("name", "alias")
	if err != nil {
		return nil, err
	}
	m, err := s.model(p[0])
	if err != nil && s.v3() {
		return nil, err
	}
	if m == nil || m.aliases.get(p[1]) == "" {
		return nil, invalid("Registered model alias %s not found.", p[1])
	}
	v, err := s.version(p[0], m.aliases.get(p[1]))
	if err != nil {
		return nil, err
	}
	return object{"model_version": v.json(v.aliases())}, nil
}

package mlflowtest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// user is an account of basic auth.
type user struct {
	id             int
	name, password string
	admin          bool
	permissions    map[string]string // by model; READ where there is none
}

// ranks of permissions.
var ranks = map[string]int{"NO_PERMISSIONS": 0, "READ": 1, "EDIT": 2, "MANAGE": 3}

// may reports whether a user has a permission on a model. Without basic auth,
// where there is no user, everybody may.
func (u *user) may(model, permission string) bool {
	if u == nil || u.admin {
		return true
	}
	have, set := u.permissions[model]
	if !set {
		have = "READ"
	}
	return ranks[have] >= ranks[permission]
}

// authenticate finds the user of a request. ok is false when it needs one and
// has none; the app knows no bearer tokens.
func (s *Server) authenticate(r *http.Request) (by *user, ok bool) {
	if !s.BasicAuth {
		return nil, true
	}
	name, password, _ := r.BasicAuth()
	for _, u := range s.users {
		if u.name == name && u.password == password {
			return u, true
		}
	}
	return nil, false
}

// permit checks the permission that a call needs.
func (s *Server) permit(c *call, path, method string) error {
	group, verb, _ := strings.Cut(path, "/")
	name, _ := c.value("name")
	switch {
	case c.by == nil || c.by.admin:
		return nil
	case path == "users/create" || strings.HasPrefix(verb, "permissions"):
		return forbidden{}
	case path == "users/get":
		if who, _ := c.value("username"); who != c.by.name {
			return forbidden{}
		}
	case group != "registered-models" && group != "model-versions" || verb == "search" || path == "registered-models/create":
	case method == http.MethodGet && !c.by.may(fmt.Sprint(name), "READ"):
		return forbidden{}
	case method != http.MethodGet && !c.by.may(fmt.Sprint(name), "EDIT"):
		return forbidden{}
	}
	return nil
}

func (s *Server) user(name string) (*user, error) {
	for _, u := range s.users {
		if u.name == name {
			return u, nil
		}
	}
	return nil, absent("User with username=%s not found", name)
}

func (s *Server) userJSON(u *user) object {
	permissions := []object{}
	for _, model := range slices.Sorted(maps.Keys(u.permissions)) {
		permissions = append(permissions, s.permissionJSON(u, model))
	}
	out := object{"id": u.id, "username": u.name, "is_admin": u.admin, "experiment_permissions": []object{}, "registered_model_permissions": permissions}
	if s.v3() {
		out["scorer_permissions"] = []object{}
	}
	return out
}

func (s *Server) permissionJSON(u *user, model string) object {
	out := object{"name": model, "permission": u.permissions[model], "user_id": u.id}
	if s.v3() {
		out["workspace"] = "default"
	}
	return out
}

func createUser(s *Server, c *call) (any, error) {
	p, err := c.needs("username", "password")
	if err != nil {
		return nil, err
	}
	if _, err := s.user(p[0]); err == nil { // it tells the hash of the password (trap 6)
		hash := "pbkdf2:sha256:260000$salt$00"
		if s.v3() {
			hash = "scrypt:32768:8:1$salt$00"
		}
		return nil, exists("User (username=%s) already exists. Error: %s", p[0],
			integrity("users.username", "INSERT INTO users (username, password_hash, is_admin) VALUES (?, ?, ?)", fmt.Sprintf("'%s', '%s', 0", p[0], hash)))
	}
	u := &user{id: len(s.users) + 1, name: p[0], password: p[1], permissions: map[string]string{}}
	s.users = append(s.users, u)
	return object{"user": s.userJSON(u)}, nil
}

func getUser(s *Server, c *call) (any, error) {
	name, err := c.need("username")
	if err != nil {
		return nil, err
	}
	u, err := s.user(name)
	if err != nil {
		return nil, err
	}
	return object{"user": s.userJSON(u)}, nil
}

func currentUser(_ *Server, c *call) (any, error) {
	return object{"user": object{"id": c.by.id, "is_admin": c.by.admin, "username": c.by.name}}, nil
}

func createPermission(s *Server, c *call) (any, error) {
	p, err := c.needs("name", "username", "permission")
	if err != nil {
		return nil, err
	}
	u, err := s.user(p[1])
	if err != nil {
		return nil, err
	}
	u.permissions[p[0]] = p[2]
	return object{"registered_model_permission": s.permissionJSON(u, p[0])}, nil
}

package haproxy

import "slices"

// ownParams belong to one server and are not copied to another; startParams
// mean something at a start only. Each has one value.
var (
	ownParams   = []string{"weight", "cookie", "id", "guid"}
	startParams = []string{"init-addr", "resolvers", "resolve-prefer", "resolve-net", "resolve-opts"}
)

// takesValue tells the words after which "disabled" is no flag.
func takesValue(param string) bool { return slices.Contains(ownParams, param) || param == "namespace" }

// sibling is the server that a new one of a variant is made like, and stands
// behind: the last of the variant, else the last of all.
func (b *backend) sibling(variant string) (server, bool) {
	found, ok := server{}, false
	for _, s := range b.servers {
		if !s.has("backup") && (s.variant == variant || !ok || found.variant != variant) {
			found, ok = s, true
		}
	}
	return found, ok
}

// siblingParams are the parameters of a sibling in a new line of the file.
func siblingParams(s server, name string) []string {
	params := without(s.line.words[3:], ownParams, "disabled")
	if s.has("cookie") {
		params = append(params, "cookie", name)
	}
	return params
}

// dynamicParams are the parameters of a new server at run time, which inherits
// nothing from default-server lines.
func (b *backend) dynamicParams(variant string) []string {
	skip := append(slices.Clone(startParams), "weight", "id", "guid")
	var defaults []word
	for _, text := range b.defaults {
		defaults = append(defaults, word{text: text})
	}
	params := without(defaults, skip, "disabled")
	if s, ok := b.sibling(variant); ok {
		params = append(params, without(s.line.words[3:], skip, "disabled")...)
	}
	if i := slices.Index(params, "no-check"); i >= 0 {
		params = slices.DeleteFunc(params, func(p string) bool { return p == "check" || p == "no-check" })
	}
	return params
}

// without copies parameters, less those with a value in pairs and one flag.
func without(words []word, pairs []string, flag string) []string {
	var out []string
	for i := 0; i < len(words); i++ {
		switch text := words[i].text; {
		case slices.Contains(pairs, text):
			i++
		case text == flag:
		case !plainParam(text):
		default:
			out = append(out, text)
		}
	}
	return out
}

// plainParam refuses what would need quotes or end a command.
func plainParam(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || c == ';' || c == '#' || c == '\\' || c == '"' || c == '\'' || c == '$' {
			return false
		}
	}
	return s != ""
}

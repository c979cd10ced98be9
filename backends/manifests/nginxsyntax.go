package manifests

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tufanbarisyildirim/gonginx/config"
	"github.com/tufanbarisyildirim/gonginx/parser"
)

// newer are directives that the parser's list, of nginx's own index, has not yet.
var newer = []string{"add_header_inherit", "early_hints", "keepalive_min_timeout", "max_headers", "num_map", "ssl_certificate_cache", "ssl_ech_file", "ssl_key_log", "tunnel_pass"}

// foreign are directives of modules that others build into nginx.
var foreign = regexp.MustCompile(`^(js_|lua_|more_|echo|brotli|zstd|geoip2|auth_jwt|auth_oidc|modsecurity|opentelemetry|opentracing|otel_|vhost_traffic|app_protect|pagespeed|rtmp|vod|push_|redis|passenger|perl|naxsi|fancyindex|ct|sticky|nchan|upload|cache_purge|headers_more|dav_ext|ssl_fingerprint|security_)|_by_lua|_by_njs|_purge$`)

func isDirective(name string) bool {
	_, ok := parser.ValidDirectives[name]
	return ok && name != "" || slices.Contains(newer, name)
}

// ofValues are blocks whose lines are values, not directives.
func ofValues(name string) bool {
	switch name {
	case "map", "geo", "geoip2", "split_clients", "types", "charset_map", "match", "keyval", "num_map", "upstream":
		return true
	}
	return strings.Contains(name, "_by_lua") || foreign.MatchString(name)
}

// unknown reports directives that nginx does not have. Where modules are loaded
// there may be others.
func (n *nginxReport) unknown(b config.IBlock) {
	for _, d := range b.GetDirectives() {
		if name := d.GetName(); !isDirective(name) && !foreign.MatchString(name) && !n.modules {
			n.add("nginx/directive", n.line(d), "nginx has no directive "+name)
		}
		if d.GetBlock() != nil && !ofValues(d.GetName()) {
			n.unknown(d.GetBlock())
		}
	}
}

// semicolons reports lines that end without one, and returns the text with them,
// so that the rest can be judged: a directive whose next line begins another or
// ends the block. Nothing is said where Lua stands between.
func semicolons(r *report, data []byte) []byte {
	lines := strings.Split(string(data), "\n")
	if strings.Contains(string(data), "_by_lua") {
		return data
	}
	last, lastCode := -1, ""
	var quote byte
	for i, line := range lines {
		inside := quote != 0
		var code string
		code, quote = nginxCode(line, quote)
		words := strings.FieldsFunc(code, func(r rune) bool { return r == ' ' || r == '\t' || r == ';' || r == '\r' })
		if len(words) == 0 {
			continue
		}
		if last >= 0 && !inside && (isDirective(words[0]) || words[0] == "}") {
			first := strings.Fields(lastCode)[0]
			if isDirective(first) && !strings.ContainsAny(lastCode[len(lastCode)-1:], ";{}") {
				r.add("nginx/semicolon", last+1, first+" ends without ;")
				lines[last] = strings.Replace(lines[last], lastCode, lastCode+";", 1)
			}
		}
		last, lastCode = i, strings.TrimSpace(code)
		if inside {
			last = -1
		}
	}
	return []byte(strings.Join(lines, "\n"))
}

// nginxCode is a line without its comment, and the quote that is open at its end.
func nginxCode(line string, quote byte) (string, byte) {
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && (i == 0 || strings.IndexByte(" \t(~={", line[i-1]) >= 0):
			quote = c
		case c == '#' && (i == 0 || strings.IndexByte(" \t;{}", line[i-1]) >= 0):
			return line[:i], quote
		}
	}
	return line, quote
}

package nginx

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// counting is how the requests of every variant are counted: by the lines that
// nginx writes to its standard output.
type counting struct {
	format   *lineFormat
	variable string            // of the split, in the format
	variants map[string]string // names by what the variable says
}

// passes are the directives that send a request on.
var passes = []string{"proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "memcached_pass"}

// counting tells how requests are counted, or why they are not: only a log that
// has every request which follows the split, and no other, tells the truth.
func (p *plan) counting() (counting, string) {
	variable := strings.TrimPrefix(p.split.arg(2), "$")
	how := counting{variable: variable, variants: map[string]string{}}
	for _, v := range p.variants {
		how.variants[v.value] = v.name
	}
	format, why := "", ""
	var others [][]*directive // the logs of what does not follow the split
	p.conf.each(p.conf.main.top, nil, func(d *directive, around []*directive) {
		if !slices.Contains(passes, d.name()) || len(around) == 0 || around[0].name() != "http" {
			return
		}
		logs := p.conf.logs(around)
		if !mentions(d.arg(1), p.use.variable) && !mentions(d.arg(1), variable) {
			others = append(others, logs)
			return
		}
		name, amiss := countable(logs)
		switch {
		case why != "":
		case amiss != "":
			why = amiss
		case format != "" && format != name:
			why = fmt.Sprintf("some are logged as %s and some as %s", format, name)
		}
		format = name
	})
	if why == "" && slices.ContainsFunc(others, func(logs []*directive) bool { return writes(logs, format) }) {
		why = "requests that follow no split are logged in the same way"
	}
	if why == "" {
		how.format, why = p.format(format, variable)
	}
	if why != "" {
		return counting{}, fmt.Sprintf("%s; it counts what is logged to /dev/stdout with $%s, $status and $upstream_addr", why, variable)
	}
	return how, ""
}

// logs are the access_log directives in force in the innermost of some blocks.
func (c *config) logs(around []*directive) []*directive {
	for _, block := range slices.Backward(around) {
		var found []*directive
		for _, d := range c.children(block) {
			if d.name() == "access_log" {
				found = append(found, d)
			}
		}
		if found != nil {
			return found
		}
	}
	return nil
}

// countable gives the format in which every request is logged to the standard
// output as soon as it was answered, or tells why it is not.
func countable(logs []*directive) (format, why string) {
	why = "its requests are logged to a file in the container"
	for _, d := range logs {
		switch {
		case d.arg(1) == "off":
			return "", "its requests are not logged"
		case !toStdout(d):
		case format != "":
			return "", "its requests are logged twice"
		default:
			format, why = logFormat(d), ""
			for _, w := range d.words[min(3, len(d.words)):] {
				if strings.HasPrefix(w.text, "if=") {
					return "", "its access log leaves requests out (" + w.text + ")"
				}
				if w.text == "gzip" || strings.HasPrefix(w.text, "buffer=") || strings.HasPrefix(w.text, "gzip=") {
					return "", "its access log comes late (" + w.text + ")"
				}
			}
		}
	}
	return format, why
}

func writes(logs []*directive, format string) bool {
	return slices.ContainsFunc(logs, func(d *directive) bool { return d.arg(1) != "off" && toStdout(d) && logFormat(d) == format })
}

func toStdout(d *directive) bool {
	switch path.Clean(d.arg(1)) {
	case "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1":
		return true
	}
	return false
}

// logFormat is the name of a log's format: without one nginx takes its own.
func logFormat(d *directive) string {
	if name := d.arg(2); name != "" {
		return name
	}
	return "combined"
}

// format reads a log_format that tells all that is counted by.
func (p *plan) format(name, variable string) (*lineFormat, string) {
	for _, d := range p.conf.http() {
		if d.name() != "log_format" || d.arg(1) != name {
			continue
		}
		f, err := parseFormat(d.words[2:], variable)
		switch {
		case err != nil:
			return nil, fmt.Sprintf("its log_format %s cannot be read back: %v", name, err)
		case !f.has(variable):
			return nil, fmt.Sprintf("its log_format %s lacks $%s", name, variable)
		case !f.has("status"):
			return nil, fmt.Sprintf("its log_format %s lacks $status", name)
		case !f.has("upstream_addr") && !f.has("upstream_status"):
			return nil, fmt.Sprintf("its log_format %s lacks $upstream_addr", name)
		}
		return f, ""
	}
	return nil, fmt.Sprintf("its log_format %s does not tell the variant", name)
}

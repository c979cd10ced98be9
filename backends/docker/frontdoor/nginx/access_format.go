package nginx

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// lineFormat is a log_format whose lines can be read back without doubt: what a
// client sends cannot pass for another part of the line.
type lineFormat struct {
	pieces []piece // text and variables in turn
	quoted []bool  // by piece: a variable between double quotes, which nginx escapes in it
}

// plainVariables hold what nginx itself makes, and no blank: they may stand
// without quotes. The others have to be quoted.
var plainVariables = []string{
	"status", "body_bytes_sent", "bytes_sent", "request_length", "request_time", "request_id", "connection", "connection_requests",
	"msec", "time_iso8601", "remote_addr", "remote_port", "server_addr", "server_port", "server_protocol", "scheme", "hostname", "pid",
	"nginx_version", "pipe", "gzip_ratio", "proxy_host", "proxy_port", "ssl_protocol", "ssl_cipher", "request_method",
}

// listed reports whether a variable of nginx's own may hold ", " or a blank: one
// for each server that was tried, or a time of the day.
func listed(name string) bool { return strings.HasPrefix(name, "upstream_") || name == "time_local" }

// parseFormat reads the words of a log_format behind its name. plain are further
// variables that may stand without quotes. Errors: why its lines cannot be read.
func parseFormat(words []token, plain ...string) (*lineFormat, error) {
	var text strings.Builder
	for i, w := range words {
		if escape, is := strings.CutPrefix(w.text, "escape="); is && i == 0 {
			if escape == "none" {
				return nil, fmt.Errorf("with escape=none what a client sends can pass for the rest of the line")
			}
			continue
		}
		text.WriteString(w.text)
	}
	f := &lineFormat{pieces: pieces(text.String())}
	f.quoted = make([]bool, len(f.pieces))
	at := func(i int) piece {
		if i < 0 || i >= len(f.pieces) {
			return piece{}
		}
		return f.pieces[i]
	}
	for i, p := range f.pieces {
		before, after := at(i-1), at(i+1)
		switch {
		case p.variable == "":
		case after.variable != "":
			return nil, fmt.Errorf("nothing stands between %s and %s in it", p.text, after.text)
		case strings.HasSuffix(before.text, `"`) && strings.HasPrefix(after.text, `"`):
			f.quoted[i] = true
		case listed(p.variable) && (strings.Trim(after.text, " ,:") != "" || after.text == ""):
		case listed(p.variable):
			return nil, fmt.Errorf("what ends %s in it can stand in it", p.text)
		case !slices.Contains(plainVariables, p.variable) && !slices.Contains(plain, p.variable):
			return nil, fmt.Errorf("%s stands without quotes in it, and can pass for the rest of the line", p.text)
		}
	}
	return f, nil
}

func (f *lineFormat) has(variable string) bool {
	return slices.ContainsFunc(f.pieces, func(p piece) bool { return p.variable == variable })
}

// read gives the values of a line in the order of the variables, or false when
// it is no line of this format.
func (f *lineFormat) read(line string, visit func(variable, value string)) bool {
	for i, p := range f.pieces {
		if p.variable == "" {
			rest, ok := strings.CutPrefix(line, p.text)
			if !ok {
				return false
			}
			line = rest
			continue
		}
		n := len(line)
		switch {
		case f.quoted[i]:
			n = quoteEnd(line)
		case i+1 < len(f.pieces):
			n = strings.Index(line, f.pieces[i+1].text)
		}
		if n < 0 {
			return false
		}
		visit(p.variable, line[:n])
		line = line[n:]
	}
	return line == ""
}

// quoteEnd is where the quote stands that ends a text, -1 where none does.
func quoteEnd(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// answer is what a line tells of a request.
type answer struct {
	value  string // that the split gave it
	failed bool   // with a 5xx
}

// answer reads a line: false when it is none of this format, or tells of a
// request that went to no replica.
func (f *lineFormat) answer(line, variable string) (answer, bool) {
	var a answer
	status, proxied := 0, false
	ok := f.read(line, func(name, value string) {
		switch name {
		case variable:
			a.value = value
		case "status":
			status, _ = strconv.Atoi(value) // 0 is no status
		case "upstream_addr", "upstream_status":
			proxied = value != "" && value != "-"
		}
	})
	a.failed = status >= 500
	return a, ok && proxied && status >= 100 && status <= 999
}

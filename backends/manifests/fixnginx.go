package manifests

import "regexp"

var httpBlock = regexp.MustCompile(`(?m)^([ \t]*)http[ \t]*\{[ \t]*(#[^\n]*?)?(\r?\n)`)

// hiddenTokens go to the beginning of http, from where every server has them.
func hiddenTokens(data []byte) []change {
	m := httpBlock.FindSubmatchIndex(data)
	if m == nil {
		return nil
	}
	indent := string(data[m[2]:m[3]]) + "  "
	if next := regexp.MustCompile(`^[ \t]+`).Find(data[m[1]:]); len(next) > m[3]-m[2] {
		indent = string(next)
	}
	return []change{{{m[1], m[1], indent + "server_tokens off;" + string(data[m[6]:m[7]])}}}
}

package manifests

import (
	"regexp"
	"strings"
)

// secretName are names whose values are secrets, and notSecret those that only
// point at one.
var (
	secretName = regexp.MustCompile(`(?i)(^|_)(password|passwd|secret|token|credentials?|api_?key|access_?key|private_?key|secret_?key)(_|$)`)
	notSecret  = regexp.MustCompile(`(?i)_(file|path|dir|name|id|url|env|ttl|expiry|version)$`)
)

func isSecret(name string) bool { return secretName.MatchString(name) && !notSecret.MatchString(name) }

// passwords are places of one in an address and in a command line.
var (
	inAddress   = regexp.MustCompile(`\b[a-z][a-z0-9+.-]*://[^/\s:@"']*:([^@\s/"']+)@`)
	inArguments = regexp.MustCompile(`(?:^|\s)--?(?:[a-z]+[-_])*(?:password|passwd|pass|requirepass|token|secret|api-key|secret-key|access-key)(?:=|\s+)["']?([^\s"']+)`)
)

// passwordInside reports whether a text holds a password itself, not a variable
// or a file that has it.
func passwordInside(text string) bool {
	for _, re := range []*regexp.Regexp{inAddress, inArguments} {
		for _, m := range re.FindAllStringSubmatch(text, -1) {
			if !strings.ContainsAny(m[1], "$<{%") && !strings.HasPrefix(m[1], "-") && !strings.HasPrefix(m[1], "/") {
				return true
			}
		}
	}
	return false
}

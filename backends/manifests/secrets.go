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

// holdsSecret reports whether a variable has a secret itself: not the path of a
// file that has it, nor a switch about it.
func holdsSecret(name, value string) bool {
	switch strings.ToLower(value) {
	case "", "true", "false", "yes", "no", "0", "1", "null", "none":
		return false
	}
	return isSecret(name) && !strings.HasPrefix(value, "/")
}

// passwords are places of one in an address and in a command line.
var (
	inAddress   = regexp.MustCompile(`\b[a-z][a-z0-9+.-]*://[^/\s:@"']*:([^@\s/"']+)@`)
	inArguments = regexp.MustCompile(`(?:^|\s)--?(?:(?:[a-z]+[-_])*(?:password|passwd|requirepass)|pass|(?:(?:api|access|auth|bot|bearer|admin|client)[-_])?(?:token|secret)|(?:api|secret|access)-key)(?:=|\s+)["']?([^\s"']+)`)
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

package journal

import (
	"maps"
	"regexp"
	"slices"
	"unicode/utf8"
)

// Longest texts that are written, in characters.
const (
	maxError = 500
	maxText  = 2000
)

const hidden = "[redacted]"

// secret is a pattern of what must not reach the disk and what is written in
// its place. The patterns err on the side of hiding too much.
type secret struct {
	find *regexp.Regexp
	put  string
}

// shapes are recognised wherever they stand, in names too.
var shapes = []secret{
	{regexp.MustCompile(`(://)[^/?#\s"'<>]*@`), "${1}" + hidden + "@"},
	{regexp.MustCompile(`\beyJ[\w-]{4,}\.[\w-]{2,}\.[\w-]*`), hidden}, // JSON Web Token
	{regexp.MustCompile(`\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-(?:proj-|ant-)|dckr_pat_|hvs\.)[\w-]{12,}`), hidden},
	{regexp.MustCompile(`\b(?:sk-|AKIA|ASIA)[A-Za-z0-9]{16,}`), hidden},
}

// phrases are recognised in sentences only: "token:1.2" may be an image. The
// header comes before the token that it carries.
var phrases = []secret{
	{regexp.MustCompile(`(?i)((?:proxy-)?authorization"?\s*[:=]\s*"?)(?:(?:bearer|basic|digest|token)\s+)?[^\s"',;]+`), "${1}" + hidden},
	{regexp.MustCompile(`(?i)\b(bearer\s+)[^\s"',;]+`), "${1}" + hidden},
	{regexp.MustCompile(`(?i)([\w-]*(?:token|passw(?:or)?d|passphrase|secret|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)[\w-]*"?\s*[:=]\s*"?)[^\s"',;&]+`), "${1}" + hidden},
}

// redactText hides secrets in a sentence and cuts it to most characters.
func redactText(text string, most int) string {
	return cut(hide(hide(text, phrases), shapes), most)
}

// redactName hides secrets in a name, an image or a digest.
func redactName(text string) string { return cut(hide(text, shapes), maxText) }

func hide(text string, what []secret) string {
	for _, s := range what {
		text = s.find.ReplaceAllString(text, s.put)
	}
	return text
}

func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

// redacted is r with every foreign text cleaned. r's own slices and maps are
// not touched.
func (r Record) redacted() Record {
	for _, s := range []*string{
		&r.Target.Backend, &r.Target.Context, &r.Target.Namespace, &r.Target.Name, &r.Target.Variant,
		&r.From.Image, &r.From.Digest, &r.From.ModelVersion,
		&r.To.Image, &r.To.Digest, &r.To.ModelVersion,
	} {
		*s = redactName(*s)
	}
	for _, s := range []*string{&r.Reason, &r.Confirm, &r.Text} {
		*s = redactText(*s, maxText)
	}
	r.Error = redactText(r.Error, maxError)
	r.EvidenceIDs = slices.Clone(r.EvidenceIDs)
	for i, id := range r.EvidenceIDs {
		r.EvidenceIDs[i] = redactName(id)
	}
	r.From.Weights, r.To.Weights = maps.Clone(r.From.Weights), maps.Clone(r.To.Weights)
	return r
}

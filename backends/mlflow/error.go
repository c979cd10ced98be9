package mlflow

import (
	"errors"
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Codes of MLflow that callers decide on.
const (
	CodeNotFound = "RESOURCE_DOES_NOT_EXIST"
	CodeInvalid  = "INVALID_PARAMETER_VALUE" // of an absent alias too (trap 1)
	CodeExists   = "RESOURCE_ALREADY_EXISTS"
)

// maxMessage is the length in characters at which a message is cut: some hold
// SQL and password hashes (trap 6).
const maxMessage = 200

// Error is a refusal or failure of a registry. Message may quote the server, so
// it is foreign; it is one line of at most 200 characters.
type Error struct {
	Doing   string // what was tried, as "read model churn"
	Status  int    // HTTP status; 0 when there was no answer, or no server
	Code    string // MLflow's error_code, "" when it gave none
	Message string // what was said
	Hint    string // what to do about it, "" when that is not known
	Err     error  // the cause, may be nil
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Doing + ": ")
	if e.Message == "" {
		b.WriteString("refused")
	} else {
		b.WriteString(e.Message)
	}
	if e.Status != 0 {
		b.WriteString(" (" + strconv.Itoa(e.Status))
		if e.Code != "" {
			b.WriteString(" " + e.Code)
		}
		b.WriteByte(')')
	}
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// IsNotFound reports whether a model, version or run does not exist. An alias
// that is absent is none of that: see Model.Aliases.
func IsNotFound(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Code == CodeNotFound || e.Code == "NOT_FOUND")
}

func notFound(doing, message string) *Error {
	return &Error{Doing: doing, Code: CodeNotFound, Message: clean(message)}
}

func invalid(doing, message string) *Error {
	return &Error{Doing: doing, Code: CodeInvalid, Message: clean(message)}
}

var (
	htmlHead = regexp.MustCompile(`(?is)<(head|style|script|title)\b.*?</(head|style|script|title)>`)
	htmlTag  = regexp.MustCompile(`(?s)<[^>]*>`)
)

// cleanHTML is the text of a page in one line.
func cleanHTML(page string) string {
	return clean(html.UnescapeString(htmlTag.ReplaceAllString(htmlHead.ReplaceAllString(page, " "), " ")))
}

// leaks are the parts of a message that show how the server stores things. What
// follows them is dropped.
var leaks = regexp.MustCompile(`(?is)\s*(Error: )?\((raised as|sqlite3\.|psycopg2\.|pymysql\.|MySQLdb\.|pyodbc\.|builtins\.)|\s*\[SQL:`)

// clean makes a foreign message fit to be shown: one line of valid text, without
// database internals, at most maxMessage characters.
func clean(text string) string {
	if at := leaks.FindStringIndex(text); at != nil {
		text = text[:at[0]]
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, text[:min(len(text), 8*maxMessage)])
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) > maxMessage {
		text = string([]rune(text)[:maxMessage-1]) + "…"
	}
	return text
}

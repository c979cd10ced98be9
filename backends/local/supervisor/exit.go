package supervisor

import (
	"encoding/json"
	"fmt"
	"strings"

	"pitwall/backends"
)

// exitText is a sentence without subject: "exited with status 3: last line".
func exitText(e *backends.Exit) string {
	if e == nil {
		return "has not run yet"
	}
	text := fmt.Sprintf("exited with status %d", e.Code)
	switch {
	case e.Signal != "":
		text = "was ended by signal " + e.Signal
	case e.Code < 0:
		text = "could not be started"
	}
	if e.Log != "" {
		text += ": " + clip(plainLog(e.Log), 200)
	}
	return text
}

func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// plainLog makes a sentence of a JSON log line, "message: error"; other lines
// stay as they are.
func plainLog(line string) string {
	var l struct {
		Msg   string `json:"msg"`
		Error string `json:"error"`
	}
	if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &l) != nil || l.Msg == "" {
		return strings.TrimPrefix(line, "pitwall: ")
	}
	if l.Error != "" {
		return l.Msg + ": " + l.Error
	}
	return l.Msg
}

package explain

import (
	"encoding/json"
	"strings"
)

// said makes a sentence of a JSON log line, "message: error"; other lines stay
// as they are.
func said(line string) string {
	var l struct {
		Msg     string `json:"msg"`
		Message string `json:"message"`
		Error   string `json:"error"`
		Err     string `json:"err"`
	}
	if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &l) != nil {
		return line
	}
	parts := make([]string, 0, 2)
	for _, text := range [...]string{l.Msg + l.Message, l.Error + l.Err} {
		if text != "" {
			parts = append(parts, text)
		}
	}
	if len(parts) == 0 {
		return line
	}
	return strings.Join(parts, ": ")
}

package process

import (
	"bufio"
	"encoding/json"
	"io"
	"strings"
	"time"
)

// maxLine is the length in bytes at which a line of output is cut.
const maxLine = 16 << 10

// read hands the output on until it ends.
func (c *Child) read(out io.Reader, output func(time.Time, string)) {
	defer close(c.listening)
	told := false
	readLines(out, func(line string) {
		if l, ok := parseListening(line); ok && !told {
			told = true
			c.listening <- l
		}
		c.mu.Lock()
		c.last = line
		c.mu.Unlock()
		output(c.now(), line)
	})
}

// readLines calls f with every line, cut at maxLine bytes, without its ending.
func readLines(r io.Reader, f func(string)) {
	b := bufio.NewReaderSize(r, maxLine)
	for {
		part, more, err := b.ReadLine()
		if err != nil {
			return
		}
		line := strings.ToValidUTF8(string(part), "\uFFFD")
		for more && err == nil {
			_, more, err = b.ReadLine()
		}
		f(line)
	}
}

// parseListening recognises the log line by which a child tells its addresses.
func parseListening(line string) (Listening, bool) {
	if !strings.Contains(line, `"listening"`) {
		return Listening{}, false
	}
	var l struct {
		Msg   string `json:"msg"`
		Addr  string `json:"addr"`
		Admin string `json:"admin"`
	}
	if json.Unmarshal([]byte(line), &l) != nil || l.Msg != "listening" || l.Addr == "" {
		return Listening{}, false
	}
	return Listening{Addr: l.Addr, Admin: l.Admin}, true
}

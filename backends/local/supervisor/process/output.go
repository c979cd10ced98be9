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
		c.last.add(line)
		c.mu.Unlock()
		output(c.now(), line)
	})
}

// recentTrouble is how many lines after an error may still belong to it: the
// stacks of a panic are long.
const recentTrouble = 200

// lastLine is the line of output that tells most about an exit: the last
// error, which ordinary lines and stacks may follow, else the very last.
type lastLine struct {
	line, trouble string
	after         int // lines since trouble
}

func (l *lastLine) add(line string) {
	l.line = line
	l.after++
	for _, mark := range [...]string{`"level":"ERROR"`, `"level":"error"`, "panic: ", "fatal error: "} {
		if at := strings.Index(line, mark); at == 0 || at > 0 && line[0] == '{' {
			l.trouble, l.after = line, 0
		}
	}
}

func (l *lastLine) text() string {
	if l.trouble != "" && l.after <= recentTrouble {
		return l.trouble
	}
	return l.line
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

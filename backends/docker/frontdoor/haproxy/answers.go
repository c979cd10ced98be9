package haproxy

import (
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pitwall/backends/docker/frontdoor"
)

// live is a server as the running HAProxy has it.
type live struct {
	name   string
	addr   string // "" while its name is not resolved
	port   uint16
	fqdn   string
	admin  int // mask, see below
	weight int

	backup   bool
	down     bool
	status   string // UP, DOWN 1/2, MAINT…, foreign text
	sessions int    // open now
	count    frontdoor.Count
}

// The bits of srv_admin_state that somebody asked for (management guide, "show
// servers state"). Those that HAProxy infers are no configuration.
const (
	adminMaint = 0x01 | 0x04 // by command, by the file
	adminDrain = 0x08
)

func (l live) inMaint() bool { return l.admin&adminMaint != 0 }

// takes reports whether new requests may go to it as far as anybody asked.
func (l live) takes() bool { return l.admin&(adminMaint|adminDrain) == 0 }

// running is what a running HAProxy told in one answer.
type running struct {
	version string
	major   int // of the version, 0 when it is not understood
	minor   int
	pid     string
	start   string // of the process, to tell one from the next
	servers []live
}

// dynamic reports whether it takes new servers at run time.
func (r running) dynamic() bool { return r.major > 2 || r.major == 2 && r.minor >= 5 }

// question asks for everything that readRunning reads.
func question(backend string) string {
	return "show info;show servers state " + backend + ";show stat " + backend + " 4 -1"
}

// readRunning reads the three answers to question.
func readRunning(text string) (running, error) {
	info, rest, found := strings.Cut(text, "\n\n")
	r := running{}
	values := map[string]string{}
	for line := range strings.Lines(info) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		values[key] = value
	}
	if !found || values["Name"] != "HAProxy" {
		return r, fmt.Errorf("its answer is not HAProxy's: %q", cut(text))
	}
	r.version, r.pid = values["Version"], values["Pid"]
	r.start = values["Start_time_sec"] + " " + values["Pid"]
	r.major, r.minor = readVersion(r.version)
	states, stats, _ := strings.Cut(strings.TrimLeft(rest, "\n"), "\n\n")
	var err error
	if r.servers, err = readStates(states); err != nil {
		return r, err
	}
	return r, readStats(strings.TrimLeft(stats, "\n# "), r.servers)
}

func readVersion(text string) (major, minor int) {
	parts := strings.SplitN(text, ".", 3)
	if len(parts) < 2 {
		return 0, 0
	}
	major, err := strconv.Atoi(parts[0])
	digits := parts[1][:len(parts[1])-len(strings.TrimLeft(parts[1], "0123456789"))]
	minor, err2 := strconv.Atoi(digits)
	if err != nil || err2 != nil {
		return 0, 0
	}
	return major, minor
}

// readStates reads "show servers state": a version, the names of the columns,
// then a line for each server.
func readStates(text string) ([]live, error) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) < 2 || strings.TrimSpace(lines[0]) != "1" {
		return nil, fmt.Errorf("it has no servers to tell of: %q", cut(text))
	}
	columns := strings.Fields(strings.TrimPrefix(lines[1], "#"))
	var servers []live
	for _, line := range lines[2:] {
		row := map[string]string{}
		for i, field := range strings.Fields(line) {
			if i < len(columns) && field != "-" {
				row[columns[i]] = field
			}
		}
		if row["srv_name"] == "" {
			continue
		}
		port, _ := strconv.ParseUint(row["srv_port"], 10, 16) // absent is 0
		servers = append(servers, live{
			name: row["srv_name"], addr: row["srv_addr"], fqdn: row["srv_fqdn"], port: uint16(port),
			admin: number(row["srv_admin_state"]), weight: min(max(number(row["srv_uweight"]), 0), maxWeight),
		})
	}
	return servers, nil
}

// readStats adds what "show stat" counts.
func readStats(text string, servers []live) error {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		return errors.Join(fmt.Errorf("its counters cannot be read: %q", cut(text)), err)
	}
	for _, fields := range rows[1:] {
		row := map[string]string{}
		for i, field := range fields {
			if i < len(rows[0]) {
				row[rows[0][i]] = field
			}
		}
		for i := range servers {
			s := &servers[i]
			if s.name != row["svname"] {
				continue
			}
			s.status, s.backup, s.sessions = row["status"], row["bck"] == "1", number(row["scur"])
			s.down = strings.HasPrefix(s.status, "DOWN")
			// eresp are answers that HAProxy made to 502, which hrsp_5xx leaves out.
			s.count = frontdoor.Count{Requests: count(row["stot"]), Errors: count(row["hrsp_5xx"]) + count(row["eresp"])}
		}
	}
	return nil
}

func number(text string) int { n, _ := strconv.Atoi(text); return n } // what is absent is 0

func count(text string) uint64 { n, _ := strconv.ParseUint(text, 10, 64); return n }

func cut(text string) string { return text[:min(len(text), 200)] }

// complaints gives what the answer to a line of changing commands holds beside
// success. HAProxy tells success in words, too, and not the same in every
// version: what counts is what it shows afterwards.
func complaints(answer string) string {
	var all []string
	for line := range strings.Lines(answer) {
		switch line = strings.TrimSpace(line); {
		case line == "", line == "New server registered.", line == "Server deleted.":
		case moved(line), strings.Contains(line, "changed its IP from"), strings.HasPrefix(line, "nothing changed"):
		case strings.Contains(line, "still has connections attached"), strings.Contains(line, "still has active"):
		default:
			all = append(all, line)
		}
	}
	return strings.Join(all, "; ")
}

// moved reports whether a line is the success of "set server … addr", which
// tells of the address and of the port, each changed or as it was.
func moved(line string) bool {
	for part := range strings.SplitSeq(line, ", ") {
		known := func(words string) bool { return strings.HasPrefix(part, words) }
		if !slices.ContainsFunc([]string{"IP changed from ", "port changed from ", "no need to change the addr", "no need to change the port"}, known) {
			return false
		}
	}
	return true
}

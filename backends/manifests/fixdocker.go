package manifests

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	dockerfileCommand = regexp.MustCompile(`(?im)^[ \t]*(?:(CMD|ENTRYPOINT)|HEALTHCHECK(?:[ \t]+--[a-z-]+=\S+)*[ \t]+CMD)[ \t]+([^\[\s].*?)[ \t]*\r?$`)
	otherShell        = regexp.MustCompile(`(?im)^[ \t]*SHELL[ \t]|^[ \t]*#[ \t]*escape=`)
	plainWords        = regexp.MustCompile(`^[A-Za-z0-9_./@+,:%-][A-Za-z0-9_./:=@%+, -]*$`)
	assignment        = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)
	dockerfileAdd     = regexp.MustCompile(`(?im)^[ \t]*(ADD)(?:[ \t]+--(?:chown|chmod)=\S+)*[ \t]+([^-\[\s].*?)[ \t]*\r?$`)
	archive           = regexp.MustCompile(`(?i)\.(tar|tgz|tbz2?|txz|gz|bz2|xz|zst)\b|[*?$\[\\<:]`)
	pipCommand        = regexp.MustCompile(`\bpip3? install\b`)
	aptCommand        = regexp.MustCompile(`(?im)^[ \t]*RUN[ \t]+((?:[^\n\\]|\\[^\n]|\\\r?\n)*)`)
)

// words of a shell that are no program.
var builtins = map[string]bool{"cd": true, "source": true, ".": true, "export": true, "set": true, "unset": true, "eval": true, "exit": true, "ulimit": true, "umask": true, "if": true, "for": true, "while": true, "until": true, "case": true, "trap": true, "wait": true, "read": true, "shift": true, "type": true, "command": true, "alias": true, "time": true, ":": true}

// execForms write commands as lists where the shell would only have split them
// into words. CMD of a file with ENTRYPOINT is its arguments, and ENTRYPOINT
// makes it so: with both in a file the meaning would change.
func execForms(data []byte) (list []change) {
	found := dockerfileCommand.FindAllSubmatchIndex(data, -1)
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?im)^[ \t]*(CMD|ENTRYPOINT)\b`).FindAllSubmatch(data, -1) {
		seen[strings.ToUpper(string(m[1]))] = true
	}
	if otherShell.Match(data) {
		return nil
	}
	for _, m := range found {
		text := string(data[m[4]:m[5]])
		if m[2] >= 0 && seen["CMD"] && seen["ENTRYPOINT"] {
			continue
		}
		if words, ok := split(text); ok {
			list = append(list, change{{m[4], m[5], "[" + strings.Join(words, ", ") + "]"}})
		}
	}
	return list
}

// split makes quoted words of a command line that a shell would not change.
func split(text string) (quoted []string, ok bool) {
	text = strings.TrimPrefix(text, "exec ")
	words := strings.Fields(text)
	if !plainWords.MatchString(text) || len(words) == 0 || assignment.MatchString(words[0]) || builtins[words[0]] {
		return nil, false
	}
	for _, w := range words {
		quoted = append(quoted, strconv.Quote(w))
	}
	return quoted, true
}

// copies write COPY for ADD where it neither fetches nor unpacks.
func copies(data []byte) (list []change) {
	for _, m := range dockerfileAdd.FindAllSubmatchIndex(data, -1) {
		if archive.Match(data[m[4]:m[5]]) {
			continue
		}
		word := "COPY"
		if string(data[m[2]:m[3]]) == "add" {
			word = "copy"
		}
		list = append(list, change{{m[2], m[3], word}})
	}
	return list
}

// pipCaches keep no cache: every pip install of one instruction at once.
func pipCaches(data []byte) (list []change) {
	for _, run := range aptCommand.FindAllSubmatchIndex(data, -1) {
		var made change
		for _, m := range pipCommand.FindAllIndex(data[run[2]:run[3]], -1) {
			at := run[2] + m[1]
			rest, _, _ := strings.Cut(string(data[at:run[3]]), "&&")
			if !strings.Contains(rest, "--no-cache-dir") {
				made = append(made, edit{at, at, " --no-cache-dir"})
			}
		}
		if made != nil && !strings.Contains(string(data[run[2]:run[3]]), "type=cache") {
			list = append(list, made)
		}
	}
	return list
}

// aptLists end an instruction that is one line of a shell by removing the lists.
func aptLists(data []byte) (list []change) {
	for _, run := range aptCommand.FindAllSubmatchIndex(data, -1) {
		text := string(data[run[2]:run[3]])
		if !strings.Contains(text, "apt-get install") || strings.Contains(text, "/var/lib/apt/lists") || strings.ContainsAny(text, "#[") || strings.Contains(text, "<<") || strings.Contains(text, "--mount") {
			continue
		}
		at := run[2] + len(strings.TrimRight(text, " \t\r\n;&"))
		if at != run[2]+len(strings.TrimRight(text, " \t\r\n")) {
			continue
		}
		list = append(list, change{{at, at, " && rm -rf /var/lib/apt/lists/*"}})
	}
	return list
}

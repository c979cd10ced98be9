package setup

import (
	"strconv"
	"strings"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
)

// user tells who a container's process runs as: nothing said is root.
func user(c engine.Container, image engine.Image) backends.Fact[backends.User] {
	u := backends.User{From: "container"}
	if c.User == image.User || c.User == "" {
		u.From = "image"
	}
	name, _, _ := strings.Cut(c.User, ":") // the group
	switch uid, err := strconv.ParseInt(name, 10, 32); {
	case name == "":
		u.Name = "root"
	case err == nil && uid >= 0:
		u.UID = int(uid)
	default:
		u.UID, u.Name = -1, name
	}
	return backends.Known(u, Inspected(c.Name))
}

// UID finds a user in the text of an /etc/passwd.
func UID(passwd []byte, name string) (uid int, found bool) {
	for line := range strings.Lines(string(passwd)) {
		fields := strings.Split(line, ":") // name, password, UID, GID…
		if len(fields) < 4 || fields[0] != name {
			continue
		}
		n, err := strconv.ParseInt(fields[2], 10, 32)
		return int(n), err == nil && n >= 0
	}
	return 0, false
}

package manifests

// composeRules are those of Compose files.
var composeRules = map[string]Rule{
	"compose/schema":         {Severity: Error, Why: "Compose refuses it.", Fix: "see the Compose specification"},
	"compose/version":        {Severity: Note, Why: "Compose ignores it, and warns each time.", Fix: "take the key version away"},
	"compose/image-latest":   {Severity: Error, Why: "The next pull brings another image.", Fix: "name a version, or a digest"},
	"compose/privileged":     {Severity: Error, Why: "The container is root on the host.", Fix: "take privileged away, and add the one capability that is needed"},
	"compose/socket":         {Severity: Error, Why: "Who has the engine's socket is root on the host.", Fix: "take the mount away, or put a filtering proxy before it"},
	"compose/host-network":   {Severity: Warning, Why: "Every port of the host is the container's.", Fix: "publish the ports that are needed"},
	"compose/host-namespace": {Severity: Error, Why: "The container sees the processes and memory of the host, or its users are the host's.", Fix: "take the key away"},
	"compose/host-mount":     {Severity: Error, Why: "Who writes there is root on the host.", Fix: "mount the one directory that is needed, or a named volume"},
	"compose/host-read":      {Severity: Warning, Why: "The host's keys and passwords lie there too.", Fix: "mount the one directory that is needed, with :ro"},
	"compose/unconfined":     {Severity: Error, Why: "Every hole of the kernel is open to the container.", Fix: "take the option away, or name a profile"},
	"compose/disk":           {Severity: Error, Why: "Who has the disk has every file of the host.", Fix: "take the device away"},
	"compose/env-file":       {Severity: Note, Why: "Compose does not start without it.", Fix: "write down where it comes from, or say required: false"},
	"compose/no-limits":      {Severity: Warning, Why: "One container takes the memory of all others.", Fix: "set mem_limit, or deploy.resources.limits.memory"},
	"compose/no-health":      {Severity: Warning, Why: "Nobody knows when it may get requests.", Fix: "add a healthcheck, or one in the image"},
	"compose/no-restart":     {Severity: Note, Why: "After a crash or a reboot it stays down.", Fix: "set restart: unless-stopped"},
	"compose/secret":         {Severity: Error, Why: "The value is in the repository, and in docker inspect.", Fix: "use secrets, or env_file outside of the repository"},
	"compose/public-port":    {Severity: Warning, Why: "It listens on every interface, past the host's firewall.", Fix: "publish on 127.0.0.1"},
	"compose/depends":        {Severity: Note, Why: "It starts when the other has started, not when that answers.", Fix: "use condition: service_healthy"},
	"compose/cap-add":        {Severity: Warning, Why: "The capability is worth root.", Fix: "take it away"},
	"compose/root":           {Severity: Warning, Why: "Whoever breaks out of the process is root.", Fix: "set user, or USER in the image"},
}

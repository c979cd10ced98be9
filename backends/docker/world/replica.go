package world

import (
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/internal/words"
)

// loopRestarts is from how many restarts on a replica that is not well is said
// to end again and again.
const loopRestarts = 3

// Replica puts a member into pitwall's words; its address is that on a network,
// else on any. Whether it is ready to serve only its own probe tells.
func Replica(m Member, network string) backends.Replica {
	c := m.Container
	r := backends.Replica{
		Name: c.Name, Version: m.Version, Image: c.Image, Restarts: c.Restarts, StartedAt: c.StartedAt, LastExit: lastExit(m),
	}
	if c.Running() || c.Status == "paused" {
		r.PID = c.PID
		if a := c.Address(network); a != "" {
			r.Address = net.JoinHostPort(a, strconv.Itoa(int(m.Port)))
		}
	}
	r.State, r.Reason = state(m, r.LastExit)
	if r.State == backends.Paused || r.State.Severity() >= backends.Progressing.Severity() {
		var why string
		if r.Cause, why = cause(m, r.State); why != "" {
			r.Reason = why
		}
	}
	if r.Cause == backends.CauseUnhealthy || r.State != backends.OK && c.Health.Failing > 0 {
		r.Probe = c.Health.Output
	}
	return r
}

// state is what the engine says of a container, with the reason in words.
func state(m Member, exit *backends.Exit) (backends.State, string) {
	c := m.Container
	switch c.Status {
	case "running":
		return health(c)
	case "created":
		if c.Error != "" {
			return backends.Fail, "it could not be started: " + c.Error
		}
		return backends.Progressing, "it was made and is not started yet"
	case "paused":
		return backends.Paused, paused(m)
	case "restarting":
		return backends.Fail, "it " + ended(exit) + " and is started again"
	case "removing":
		return backends.Progressing, "it is being removed"
	case "exited", "dead":
		if c.Error != "" {
			return backends.Fail, "it could not be started: " + c.Error
		}
		return backends.Fail, "it " + stopped(m, exit)
	default:
		return backends.Unknown, "the engine says that it is " + c.Status
	}
}

// paused tells that somebody did it, for no engine pauses by itself, and the way back.
func paused(m Member) string {
	text := "it was paused by somebody, as by `docker pause`"
	if at := m.End.Paused; !at.IsZero() {
		text += ", at " + at.Local().Format(time.TimeOnly)
	}
	return text + ": `docker unpause " + m.Container.Name + "` lets it go on"
}

// health is the state of a container that runs.
func health(c engine.Container) (backends.State, string) {
	switch c.Health.Status {
	case "starting":
		return backends.Progressing, "its health probe has not passed yet"
	case "unhealthy":
		if c.Health.Failing == 0 { // no probe failed: the engine calls it so while it does not probe
			return backends.Progressing, "it was paused until just now, and its next health probe is due"
		}
		return backends.Fail, "its health probe failed " + words.Count(max(c.Health.Failing, 1), "time") + " in a row"
	default:
		return backends.OK, ""
	}
}

// stopped is how a container ended that stays so, and at whose wish.
func stopped(m Member, x *backends.Exit) string {
	switch s, asked := m.asked(); {
	case asked && s == syscall.SIGTERM:
		return "was stopped through the engine, as by `docker stop`" + orLeft(m.Container)
	case asked && s == syscall.SIGKILL:
		return "was ended through the engine with signal killed, as by `docker kill`"
	case asked && s != 0:
		return fmt.Sprintf("was ended through the engine with signal %s, as by `docker stop` or `docker kill`", s) + orLeft(m.Container)
	case asked:
		return ended(x) + ", through the engine: else its restart policy would have started it again"
	case m.End.Known && x != nil && x.Signal == syscall.SIGKILL.String():
		return ended(x) + ", neither through the engine nor, as far as that tells, at its memory limit: a process of the machine or its kernel did it"
	}
	return ended(x)
}

// orLeft adds what looks the same: an engine that died and comes back without
// live-restore stops what it finds running, takes that for somebody's wish, and
// leaves down what is to run unless somebody stops it.
func orLeft(c engine.Container) string {
	if c.Restart == "unless-stopped" {
		return ", or by the engine when it came back after it had died"
	}
	return ""
}

// asked reports whether somebody had the engine end a container that is down,
// with the first signal when that is known. Nothing else keeps one down that is always
// started again.
func (m Member) asked() (syscall.Signal, bool) {
	c := m.Container
	if c.Status != "exited" || c.Error != "" || c.OOMKilled {
		return 0, false
	}
	if m.End.Asked != 0 {
		return m.End.Asked, true
	}
	always := c.Restart == "always" || c.Restart == "unless-stopped"
	if always && (c.ExitCode == 0 || c.ExitCode == signalled+int(syscall.SIGTERM)) {
		return syscall.SIGTERM, true
	}
	return 0, always
}

// signalled is what is added to a signal to make the status of a process that it ended.
const signalled = 128

func ended(x *backends.Exit) string {
	switch {
	case x == nil:
		return "does not run"
	case x.Signal != "":
		return "was ended by signal " + x.Signal
	default:
		return fmt.Sprintf("ended with status %d", x.Code)
	}
}

// lastExit is how the container ended last. The engine forgets the status of
// one that runs again.
func lastExit(m Member) *backends.Exit {
	c := m.Container
	if c.FinishedAt.IsZero() || c.FinishedAt.Year() < 1971 {
		return nil // never
	}
	code := c.ExitCode
	if code == 0 && (c.Running() || c.Status == "paused") {
		if code = m.End.Code; code == 0 {
			return nil
		}
	}
	const lastSignal = 64
	x := &backends.Exit{Code: code, At: c.FinishedAt, Log: m.End.Line}
	if n := code - signalled; n > 0 && n <= lastSignal {
		x.Code, x.Signal = -1, syscall.Signal(n).String()
	}
	return x
}

// The words by which an engine tells what keeps a container from starting.
var (
	noImage  = regexp.MustCompile(`(?i)no such image|image not known|pull access denied|manifest (for .* )?(unknown|not found)|image .* not found`)
	noPort   = regexp.MustCompile(`(?i)port is already allocated|address already in use|ports are not available`)
	noSpace  = regexp.MustCompile(`(?i)no space left on device|disk quota exceeded`)
	portText = regexp.MustCompile(`:(\d{1,5})\b`)
)

// cause is the known reason why a container is not well, with a sentence that
// is better than that of its state, or "".
func cause(m Member, s backends.State) (backends.Cause, string) {
	c := m.Container
	switch {
	case noImage.MatchString(c.Error):
		return backends.CauseImageMissing, fmt.Sprintf("its image %s is not on the engine: %s", c.Image, c.Error)
	case noPort.MatchString(c.Error):
		return backends.CausePortConflict, fmt.Sprintf("%s is taken: %s", portOf(c.Error), c.Error)
	case noSpace.MatchString(c.Error):
		return backends.CauseDiskFull, "no space is left on the engine's disk: " + c.Error
	case s == backends.Paused:
		return backends.CausePaused, ""
	case oom(m):
		return backends.CauseOOM, "it was killed at its memory limit" + limit(c)
	case m.Stopped():
		return backends.CauseStopped, ""
	case c.Status == "restarting", c.Restarts >= loopRestarts:
		return backends.CauseCrashLoop, ""
	case noSpace.MatchString(c.Health.Output):
		return backends.CauseDiskFull, "no space is left where it writes"
	case c.Health.Status == "unhealthy" && c.Running() && s != backends.Progressing:
		return backends.CauseUnhealthy, ""
	}
	return "", ""
}

// Stopped reports whether somebody had the engine end the container, or the
// engine did it by itself when it came back.
func (m Member) Stopped() bool {
	_, asked := m.asked()
	return asked
}

// oom reports whether the kernel killed the container at its memory limit.
func oom(m Member) bool {
	const killed = signalled + int(syscall.SIGKILL)
	c := m.Container
	return c.OOMKilled || m.End.OOM && m.End.Asked == 0 && c.MemoryLimit > 0 && (c.ExitCode == killed || m.End.Code == killed || c.Status == "restarting")
}

func limit(c engine.Container) string {
	if c.MemoryLimit <= 0 {
		return ""
	}
	return " of " + strconv.FormatFloat(float64(c.MemoryLimit)/(1<<20), 'f', -1, 64) + " MiB"
}

// portOf names the port that an error is about: "port 8080", else "a port".
func portOf(text string) string {
	at := noPort.FindStringIndex(text)[0]
	all := portText.FindAllStringSubmatch(strings.TrimSpace(text[:at]), -1)
	if all == nil {
		return "a port that it wants"
	}
	return "port " + all[len(all)-1][1]
}

package compose

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// ErrDiffers says that the Compose file says more of a service than another
// image than its containers have: the next up makes them anew whatever they carry.
var ErrDiffers = errors.New("the Compose file says something else of the service than what runs")

// ErrAbsent says that there is no Compose on this machine to ask.
var ErrAbsent = errors.New("neither docker-compose nor the compose plugin of docker is on this machine")

// Asker asks the Compose of this machine. It is safe for concurrent use.
type Asker struct {
	host string // of the engine, as DOCKER_HOST
	run  func(ctx context.Context, host string, argv []string) ([]byte, error)

	mu    sync.Mutex
	known map[string]answer // by everything that was asked
}

type answer struct {
	labels map[string]string
	err    error
}

// NewAsker makes an Asker for the engine at host, as DOCKER_HOST names it.
func NewAsker(host string) *Asker {
	return &Asker{host: host, run: runCommand, known: map[string]answer{}}
}

// tools are the ways to call Compose. One of the version that made a container
// finds the hash that it carries.
var tools = [][]string{{"docker-compose"}, {"docker", "compose"}}

// Labels are those that a container has to carry, in place of what one of the
// service has, so that Compose takes it for up to date once its file names
// image. id is that image's.
// Errors: ErrDiffers, ErrAbsent, what Compose complains of.
func (a *Asker) Labels(ctx context.Context, s Service, image, id string) (map[string]string, error) {
	if latest(image) == latest(s.Image) && id == s.ImageID {
		return nil, nil
	}
	key := s.key(image, id)
	a.mu.Lock()
	defer a.mu.Unlock()
	if got, ok := a.known[key]; ok {
		return got.labels, got.err
	}
	hash, err := a.hash(ctx, s, image)
	got := answer{err: err}
	if err == nil {
		got.labels = map[string]string{labelHash: hash}
		if s.second {
			got.labels[labelImage] = id
		}
	}
	if err == nil || errors.Is(err, ErrDiffers) { // who could not tell may tell the next time
		a.known[key] = got
	}
	return got.labels, got.err
}

// key is of everything that the answer depends on.
func (s Service) key(image, id string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%+v %q %q\n", s, image, id)
	for _, name := range append([]string{s.EnvFile, filepath.Join(s.Dir, ".env")}, s.Files...) {
		text, _ := read(name) // what cannot be read Compose will tell
		fmt.Fprintf(h, "%q %x\n", name, sha256.Sum256(text))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// hash is that of the service with another image. That Compose finds the hash
// of the container with the container's image proves that it is the same Compose,
// and that nothing else was changed in the file.
func (a *Asker) hash(ctx context.Context, s Service, image string) (string, error) {
	failed := ErrAbsent
	for _, tool := range tools {
		now, err := a.ask(ctx, tool, s, s.Image)
		if errors.Is(err, exec.ErrNotFound) {
			continue
		}
		if err == nil && now != s.Hash {
			if now, err = a.ask(ctx, tool, s, ""); err == nil && now != s.Hash { // a built image may have no name in the file
				err = ErrDiffers
			}
		}
		if err == nil {
			return a.ask(ctx, tool, s, image)
		}
		if failed == ErrAbsent || errors.Is(err, ErrDiffers) {
			failed = err
		}
	}
	return "", failed
}

// askLimit is far above the half second that Compose takes, for a busy machine.
const askLimit = time.Minute

var digest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// ask gets the hash of a service when the file names image, "" for as it is.
func (a *Asker) ask(ctx context.Context, tool []string, s Service, image string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	argv := append(append([]string{}, tool...), "-p", s.Project, "--project-directory", s.Dir)
	if s.EnvFile != "" {
		argv = append(argv, "--env-file", s.EnvFile)
	}
	for _, name := range s.Files {
		argv = append(argv, "-f", name)
	}
	if image != "" {
		override, remove, err := s.override(image)
		if err != nil {
			return "", err
		}
		defer remove()
		argv = append(argv, "-f", override)
	}
	out, err := a.run(ctx, a.host, append(argv, "config", "--hash="+s.Name))
	if err != nil {
		return "", fmt.Errorf("ask Compose about service %s: %w", s.Name, err)
	}
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) == 2 && f[0] == s.Name && digest.MatchString(f[1]) {
			return f[1], nil
		}
	}
	return "", fmt.Errorf("ask Compose about service %s: it does not tell its hash", s.Name)
}

// override writes a file that gives the service an image.
func (s Service) override(image string) (name string, remove func(), err error) {
	type service struct {
		Image string `json:"image"`
	}
	text, err := json.Marshal(map[string]any{"services": map[string]service{s.Name: {strings.ReplaceAll(image, "$", "$$")}}})
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "pitwall-compose-")
	if err != nil {
		return "", nil, err
	}
	name = filepath.Join(dir, "image.yml")
	if err := os.WriteFile(name, text, 0o600); err != nil { // JSON is YAML
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	return name, func() { _ = os.RemoveAll(dir) }, nil
}

func runCommand(ctx context.Context, host string, argv []string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+host)
	cmd.WaitDelay = time.Second
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		lines := strings.Split(strings.TrimSpace(complaint.String()), "\n")
		return nil, fmt.Errorf("%w: %s", err, lines[len(lines)-1])
	}
	return out.Bytes(), nil
}

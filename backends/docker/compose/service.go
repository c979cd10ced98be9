// Package compose tells what Compose makes of the containers of a service that
// pitwall made in the place of its own: what they have to carry to be taken for
// up to date, and what the Compose file says of them.
//
// Compose goes by one label, config-hash. Version 1 (service.py) hashes the
// service's options with the image's ID, version 2 (pkg/compose/hash.go and
// convergence.go) the service without its scale, and compares the image's ID in
// a label of its own. One container whose hash is not that of the file, and
// `up` makes those of the service anew. Nobody but Compose itself can compute it.
package compose

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/world"
)

const (
	labelHash  = "com.docker.compose.config-hash"
	labelImage = "com.docker.compose.image" // of version 2: the image's ID
	labelDir   = "com.docker.compose.project.working_dir"
	labelFiles = "com.docker.compose.project.config_files"
	labelEnv   = "com.docker.compose.project.environment_file"
)

// Service is a service of a Compose project, as one of its containers tells.
type Service struct {
	Project, Name string
	Dir           string   // working directory
	Files         []string // absolute paths, later ones over earlier ones
	EnvFile       string   // "" for the usual one
	Hash          string   // config-hash
	Image         string   // reference that the container was made from
	ImageID       string
	second        bool // made by version 2 or later
}

// plain are the names that Compose allows, which are safe as arguments.
var plain = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]*$`)

// ServiceOf reads a container's labels, false when it is none of Compose's or
// does not tell its file. Files are relative in version 1.
func ServiceOf(c engine.Container) (Service, bool) {
	l := c.Labels
	s := Service{Project: l[world.ComposeProject], Name: l[world.ComposeService], Dir: l[labelDir], EnvFile: l[labelEnv], Hash: l[labelHash], Image: c.Image, ImageID: c.ImageID}
	_, s.second = l[labelImage]
	for _, name := range strings.Split(l[labelFiles], ",") {
		if name != "" && !filepath.IsAbs(name) {
			name = filepath.Join(s.Dir, name)
		}
		if name != "" {
			s.Files = append(s.Files, name)
		}
	}
	return s, plain.MatchString(s.Project) && plain.MatchString(s.Name) && s.Hash != "" && filepath.IsAbs(s.Dir) && len(s.Files) > 0
}

// Said is what the Compose files say of a service, word for word: variables are
// not put in.
type Said struct {
	File     string // the last one that names the image, else the first of all
	Image    string // "" when it is built, or comes from elsewhere
	Replicas string // "1" when they do not say
}

// Names reports whether the file names that image.
func (s Said) Names(image string) bool {
	return s.Image != "" && latest(s.Image) == latest(image)
}

// latest gives a reference without a tag the one that it stands for.
func latest(image string) string {
	if strings.Contains(image, "@") || strings.LastIndexByte(image, ':') > strings.LastIndexByte(image, '/') {
		return image
	}
	return image + ":latest"
}

// Said reads the files, which have to be on this machine.
func (s Service) Said() (Said, error) {
	said := Said{File: s.Files[0], Replicas: "1"}
	named := false
	for _, name := range s.Files {
		text, err := read(name)
		if err != nil {
			return said, fmt.Errorf("read the Compose file: %w", err)
		}
		var file struct {
			Services map[string]struct {
				Image  string `yaml:"image"`
				Scale  any    `yaml:"scale"`
				Deploy struct {
					Replicas any `yaml:"replicas"`
				} `yaml:"deploy"`
			} `yaml:"services"`
		}
		if err := yaml.Unmarshal(text, &file); err != nil {
			return said, fmt.Errorf("read the Compose file %s: %w", name, err)
		}
		service, ok := file.Services[s.Name]
		named = named || ok
		if service.Image != "" {
			said.Image, said.File = service.Image, name
		}
		if n := cmp.Or(word(service.Scale), word(service.Deploy.Replicas)); n != "" {
			said.Replicas = n
		}
	}
	if !named {
		return said, fmt.Errorf("the Compose file %s has no service %s any more", said.File, s.Name)
	}
	return said, nil
}

func word(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// maxFile bounds a Compose file, in bytes.
const maxFile = 4 << 20

func read(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxFile) {
		err = errors.New(name + " is no file of a sensible size")
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(name)
}

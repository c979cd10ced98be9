package nginx

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

const (
	maxFiles    = 500 // configuration files of one nginx, each as often as it is included
	maxIncludes = 16  // files within files
)

// source gives the files of a configuration by their paths in the container.
type source struct {
	read func(path string) (string, error)
	list func(dir string) ([]string, error) // names, in byte order
}

// config is a configuration with everything that it includes.
type config struct {
	main     *file
	files    []*file // each once, in the order of reading
	included map[*directive][]*file
	listed   map[string][]string // directories
	unread   []string            // includes that could not be read, a sentence each
}

// load reads a configuration. An include that cannot be read is remembered, as
// it need not matter; the main file must be readable.
// Errors: *SyntaxError, what from.read says of the main file.
func load(main string, from source) (*config, error) {
	l := loader{from: from, dir: path.Dir(main), config: &config{included: map[*directive][]*file{}, listed: map[string][]string{}}, seen: map[string]*file{}, open: map[string]bool{}}
	f, err := l.file(main, 0)
	l.config.main = f
	return l.config, err
}

type loader struct {
	from   source
	dir    string // that relative includes start from: the main file's
	config *config
	seen   map[string]*file
	open   map[string]bool // being read

	includings int // files that were included, each time counted
}

func (l *loader) file(name string, depth int) (*file, error) {
	l.includings++
	if l.open[name] || depth > maxIncludes || l.includings > maxFiles {
		return nil, &SyntaxError{Path: name, Line: 1, Why: "files include each other without end"}
	}
	l.open[name] = true
	defer delete(l.open, name)
	if f := l.seen[name]; f != nil {
		return f, l.again(f, depth)
	}
	text, err := l.from.read(name)
	if err != nil {
		return nil, err
	}
	f, err := parse(name, text)
	if err != nil {
		return nil, err
	}
	l.seen[name] = f
	l.config.files = append(l.config.files, f)
	return f, l.includes(f.top, depth)
}

// includes reads what the include directives below d name.
func (l *loader) includes(d *directive, depth int) error {
	for _, child := range d.block {
		if child.hasBlock {
			if err := l.includes(child, depth); err != nil {
				return err
			}
		}
		if child.name() != "include" || len(child.words) != 2 {
			continue
		}
		names, err := l.names(child.arg(1))
		for i := 0; err == nil && i < len(names); i++ {
			var f *file
			if f, err = l.file(names[i], depth+1); err == nil {
				l.config.included[child] = append(l.config.included[child], f)
			}
		}
		var syntax *SyntaxError
		if errors.As(err, &syntax) {
			return err
		}
		if err != nil {
			l.config.unread = append(l.config.unread, fmt.Sprintf("include %s is not read: %v", child.arg(1), err))
		}
	}
	return nil
}

// again follows the includes of a file that is included once more: they are
// read already, but must not lead back to it, nor multiply without bound.
func (l *loader) again(f *file, depth int) error {
	var err error
	l.config.own(f.top, func(d *directive) {
		for _, included := range l.config.included[d] {
			if err == nil {
				_, err = l.file(included.path, depth+1)
			}
		}
	})
	return err
}

// names are the files that an include names, as glob(3) gives them.
func (l *loader) names(pattern string) ([]string, error) {
	if !path.IsAbs(pattern) {
		pattern = path.Join(l.dir, pattern)
	}
	if !strings.ContainsAny(pattern, "*?[") {
		return []string{path.Clean(pattern)}, nil
	}
	dir, base := path.Split(pattern)
	if strings.ContainsAny(dir, "*?[") {
		return nil, errors.New("only the last part of a path may hold *, ? or [")
	}
	all, err := l.from.list(path.Clean(dir))
	if err != nil {
		return nil, err
	}
	l.config.listed[path.Clean(dir)] = all
	var names []string
	for _, name := range all {
		hidden := strings.HasPrefix(name, ".") && !strings.HasPrefix(base, ".")
		if ok, err := path.Match(base, name); err != nil {
			return nil, err
		} else if ok && !hidden {
			names = append(names, path.Join(dir, name))
		}
	}
	return names, nil
}

// hash is of everything that was read.
func (c *config) hash() string {
	h := sha256.New()
	for _, f := range c.files {
		fmt.Fprintf(h, "%d %s %d\n%s", len(f.path), f.path, len(f.text), f.text)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// children are the directives in a block with includes replaced by what they
// include.
func (c *config) children(d *directive) []*directive {
	var all []*directive
	for _, child := range d.block {
		files, included := c.included[child]
		if !included {
			all = append(all, child)
			continue
		}
		for _, f := range files {
			all = append(all, c.children(f.top)...)
		}
	}
	return all
}

// each visits every directive below d with the blocks around it, outermost first.
func (c *config) each(d *directive, around []*directive, visit func(d *directive, around []*directive)) {
	for _, child := range c.children(d) {
		visit(child, around)
		if child.hasBlock {
			c.each(child, append(around[:len(around):len(around)], child), visit)
		}
	}
}

// http are the directives directly in the http block.
func (c *config) http() []*directive {
	var all []*directive
	for _, d := range c.children(c.main.top) {
		if d.name() == "http" && d.hasBlock {
			all = append(all, c.children(d)...)
		}
	}
	return all
}

// with reads the configuration again with other texts of some files.
func (c *config) with(texts map[string]string) (*config, error) {
	return load(c.main.path, source{
		read: func(name string) (string, error) {
			if text, ok := texts[name]; ok {
				return text, nil
			}
			for _, f := range c.files {
				if f.path == name {
					return f.text, nil
				}
			}
			return "", fs.ErrNotExist
		},
		list: func(dir string) ([]string, error) { return c.listed[dir], nil },
	})
}

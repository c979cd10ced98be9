package mlflow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// The layout of MLflow's file store, read in its source
// (mlflow/store/model_registry/file_store.py, mlflow/store/tracking/file_store.py):
//
//	models/NAME/meta.yaml  models/NAME/{aliases,tags}/KEY
//	models/NAME/version-N/meta.yaml  models/NAME/version-N/tags/KEY
//	EXPERIMENT/meta.yaml  EXPERIMENT/RUN/meta.yaml
//	EXPERIMENT/RUN/{metrics,params,tags}/KEY  EXPERIMENT/RUN/artifacts/…
//
// The content of a KEY is its value without a line break; a metric has a line
// for each value. KEY may hold slashes. A deleted version stays, in a stage of
// its own.
const (
	modelsFolder  = "models"
	metaFile      = "meta.yaml"
	versionPrefix = "version-"
	deletedStage  = "Deleted_Internal"

	maxMeta  = 1 << 20  // bytes of a meta.yaml, tag or parameter
	maxValue = 64 << 20 // bytes of a metric's history
)

// directory is a registry in a directory. Nothing outside of it is read, not
// through a symbolic link either.
type directory struct {
	path string
	root *os.Root
	Options
}

func openDirectory(dir string, create bool, o Options) (*directory, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}
	if create {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("make the registry's directory: %w", err)
		}
	}
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &Error{Doing: "open the registry", Message: "there is no directory " + dir, Err: err,
			Hint: "`pitwall up` makes one for the local stack; --mlflow names another, or the URL of a server"}
	}
	if err != nil {
		return nil, fmt.Errorf("open registry %s: %w", dir, err)
	}
	return &directory{path: dir, root: root, Options: o}, nil
}

func (d *directory) where() string { return d.path }

func (d *directory) about(context.Context) (Server, error) { return Server{}, nil }

// checkName refuses names that MLflow's file store refuses: what would be a path.
func checkName(doing, name string) error {
	switch {
	case name == "" || name == "." || name == "..":
		return invalid(doing, "a model needs a name")
	case strings.ContainsAny(name, `/\:%`) || strings.ContainsRune(name, 0):
		return invalid(doing, "the name of a model in a directory must not hold / \\ : or %")
	}
	return nil
}

// ErrReplaced says that a registry's directory is no longer the one that was
// opened: it was moved away, or another one took its place. Open it anew.
var ErrReplaced = errors.New("the registry's directory was moved away or replaced")

// there looks whether the directory is still the one that was opened.
func (d *directory) there() error {
	opened, err := d.root.Stat(".")
	if err != nil {
		return fmt.Errorf("look at registry %s: %w", d.path, err)
	}
	if now, err := os.Stat(d.path); err != nil || !os.SameFile(opened, now) {
		return ErrReplaced
	}
	return nil
}

func (d *directory) models(ctx context.Context) ([]Model, error) {
	if err := d.there(); err != nil {
		return nil, err
	}
	names, err := d.folders(modelsFolder)
	if err != nil {
		return nil, fmt.Errorf("list the models: %w", err)
	}
	list := make([]Model, 0, len(names))
	for _, name := range names {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		m, err := d.model(ctx, name)
		if err != nil {
			return nil, err
		}
		if m.Tags[promptTag] != "true" {
			list = append(list, m)
		}
	}
	return list, nil
}

func (d *directory) model(ctx context.Context, name string) (Model, error) {
	doing := "read model " + name
	if err := checkName(doing, name); err != nil {
		return Model{}, err
	}
	if err := d.there(); err != nil {
		return Model{}, err
	}
	at := path.Join(modelsFolder, name)
	meta, err := d.meta(at)
	if errors.Is(err, fs.ErrNotExist) {
		return Model{}, notFound(doing, "there is no model "+name)
	}
	if err != nil {
		return Model{}, fmt.Errorf("%s: %w", doing, err)
	}
	m := Model{Name: name, Description: meta.text("description"), Created: meta.time("creation_timestamp"), Updated: meta.time("last_updated_timestamp")}
	if m.Tags, err = d.values(path.Join(at, "tags")); err != nil {
		return m, fmt.Errorf("%s: %w", doing, err)
	}
	if m.Aliases, err = d.aliases(name); err != nil {
		return m, fmt.Errorf("%s: %w", doing, err)
	}
	versions, err := d.versions(ctx, name)
	for _, v := range versions { // newest first
		if !slices.ContainsFunc(m.Latest, func(had Version) bool { return had.Stage == v.Stage }) {
			m.Latest = append(m.Latest, v)
		}
	}
	return m, err
}

func (d *directory) versions(ctx context.Context, name string) ([]Version, error) {
	doing := "list the versions of " + name
	if err := checkName(doing, name); err != nil {
		return nil, err
	}
	folders, err := d.folders(path.Join(modelsFolder, name))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	var list []Version
	for _, folder := range folders {
		number, isVersion := strings.CutPrefix(folder, versionPrefix)
		if !isVersion {
			continue
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		v, _, err := d.readVersion(name, number)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", doing, err)
		}
		if v.Stage != deletedStage {
			list = append(list, v)
		}
	}
	slices.SortFunc(list, byNumber)
	return list, nil
}

func (d *directory) version(_ context.Context, name, number string) (Version, error) {
	doing := "read version " + number + " of " + name
	if err := checkVersion(doing, name, number); err != nil {
		return Version{}, err
	}
	v, _, err := d.readVersion(name, number)
	if errors.Is(err, fs.ErrNotExist) || err == nil && v.Stage == deletedStage {
		return Version{}, notFound(doing, "there is no version "+number+" of "+name)
	}
	if err != nil {
		return Version{}, fmt.Errorf("%s: %w", doing, err)
	}
	aliases, err := d.aliases(name)
	for alias, of := range aliases {
		if of == number {
			v.Aliases = append(v.Aliases, alias)
		}
	}
	slices.Sort(v.Aliases)
	return v, err
}

func checkVersion(doing, name, number string) error {
	if err := checkName(doing, name); err != nil {
		return err
	}
	if strings.Trim(number, "0123456789") != "" || number == "" {
		return invalid(doing, "a version is a number, not "+number)
	}
	return nil
}

// readVersion reads a version without its aliases, a deleted one too.
func (d *directory) readVersion(name, number string) (Version, metadata, error) {
	at := path.Join(modelsFolder, name, versionPrefix+number)
	meta, err := d.meta(at)
	if err != nil {
		return Version{}, nil, err
	}
	v := Version{Model: name, Number: number, Description: meta.text("description"), Created: meta.time("creation_timestamp"),
		Updated: meta.time("last_updated_timestamp"), Stage: meta.text("current_stage"), Status: orWord(meta.text("status"), "READY"),
		StatusMessage: meta.text("status_message"), Source: meta.text("source"), RunID: meta.text("run_id"), RunLink: meta.text("run_link")}
	v.Tags, err = d.values(path.Join(at, "tags"))
	return v, meta, err
}

// aliases reads the aliases of a model. An editor may have ended a line.
func (d *directory) aliases(name string) (map[string]string, error) {
	list, err := d.values(path.Join(modelsFolder, name, "aliases"))
	for alias, number := range list {
		list[alias] = strings.TrimSpace(number)
	}
	return list, err
}

// values reads the files of a folder of tags, aliases or parameters. A folder
// that is absent has none.
func (d *directory) values(folder string) (map[string]string, error) {
	values := map[string]string{}
	err := d.each(folder, func(key string) error {
		text, err := d.content(path.Join(folder, key), maxMeta)
		values[key] = string(text)
		return err
	})
	return values, err
}

// each visits the files below a folder by their path from it.
func (d *directory) each(folder string, visit func(key string) error) error {
	err := fs.WalkDir(d.root.FS(), folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return visit(strings.TrimPrefix(name, folder+"/"))
	})
	if errors.Is(err, fs.ErrNotExist) { // or it went while it was read
		return nil
	}
	return err
}

// folders lists the folders in a folder, in the order of their names. One that
// is absent has none.
func (d *directory) folders(folder string) ([]string, error) {
	entries, err := fs.ReadDir(d.root.FS(), folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// content reads a regular file of at most limit bytes.
func (d *directory) content(name string, limit int64) ([]byte, error) {
	f, err := d.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, fmt.Errorf("%s is not a file", name))
	}
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("%s is larger than %d KiB", name, limit>>10)
	}
	return text, err
}

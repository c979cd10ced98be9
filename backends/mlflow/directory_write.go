package mlflow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"strconv"

	"go.yaml.in/yaml/v3"

	"pitwall/backends/internal/filelock"
)

// lockName keeps other processes of ours out. MLflow's own file store has no
// lock: it is not to be written at the same time.
const lockName = ".pitwall.lock"

// directoryWriter changes a directory. Only Open makes one. Every file is
// written beside and renamed: a reader sees the old content or the new.
type directoryWriter struct{ *directory }

// lock takes the registry for this process.
func (d directoryWriter) lock() (unlock func(), err error) {
	f, err := d.root.OpenFile(lockName, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the registry: %w", err)
	}
	return filelock.Exclusive(f)
}

// change runs write under the lock when the model, and with a number the
// version, exists, and notes on the model that it was changed, as MLflow does.
func (d directoryWriter) change(ctx context.Context, doing, name, number string, write func(folder string) error) error {
	if number != "" {
		if err := checkVersion(doing, name, number); err != nil {
			return err
		}
	}
	unlock, err := d.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if number != "" {
		_, err = d.version(ctx, name, number)
	} else {
		_, err = d.model(ctx, name)
	}
	if err != nil {
		return err
	}
	at := path.Join(modelsFolder, name)
	if err := write(at); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if err := d.edit(at, metadata{"last_updated_timestamp": d.Now().UnixMilli()}); err != nil {
		return fmt.Errorf("%s: it was done, but not noted on the model: %w", doing, err)
	}
	return nil
}

func (d directoryWriter) setAlias(ctx context.Context, name, alias, number string) error {
	return d.change(ctx, "set alias "+alias+" of "+name, name, number, func(at string) error {
		return d.put(path.Join(at, "aliases", alias), []byte(number))
	})
}

func (d directoryWriter) deleteAlias(ctx context.Context, name, alias string) error {
	return d.change(ctx, "remove alias "+alias+" of "+name, name, "", func(at string) error {
		return d.remove(path.Join(at, "aliases", alias))
	})
}

func (d directoryWriter) setTag(ctx context.Context, name, number, key, value string) error {
	doing := "set tag " + key + " of " + name
	if err := checkKey(doing, key); err != nil {
		return err
	}
	return d.change(ctx, doing, name, number, func(at string) error {
		return d.put(path.Join(tagFolder(at, number), key), []byte(value))
	})
}

func (d directoryWriter) deleteTag(ctx context.Context, name, number, key string) error {
	doing := "remove tag " + key + " of " + name
	if err := checkKey(doing, key); err != nil {
		return err
	}
	return d.change(ctx, doing, name, number, func(at string) error {
		return d.remove(path.Join(tagFolder(at, number), key))
	})
}

func tagFolder(model, number string) string {
	if number == "" {
		return path.Join(model, "tags")
	}
	return path.Join(model, versionPrefix+number, "tags")
}

// checkKey refuses what would be another file than the key's own, as MLflow does.
func checkKey(doing, key string) error {
	if !filepath.IsLocal(key) || path.Clean(key) != key || key == "." {
		return invalid(doing, "a key must be a path below its folder, without . and ..")
	}
	return nil
}

func (d directoryWriter) setStage(ctx context.Context, name, number, stage string, archive bool) (Version, error) {
	doing := "move version " + number + " of " + name + " to " + stage
	err := d.change(ctx, doing, name, number, func(at string) error {
		now := d.Now().UnixMilli()
		if archive && (stage == "Staging" || stage == "Production") {
			list, err := d.versions(ctx, name)
			if err != nil {
				return err
			}
			for _, v := range list {
				if v.Stage == stage && v.Number != number {
					if err := d.edit(path.Join(at, versionPrefix+v.Number), metadata{"current_stage": "Archived", "last_updated_timestamp": now}); err != nil {
						return err
					}
				}
			}
		}
		return d.edit(path.Join(at, versionPrefix+number), metadata{"current_stage": stage, "last_updated_timestamp": now})
	})
	if err != nil {
		return Version{}, err
	}
	return d.version(ctx, name, number)
}

// edit changes fields of a meta.yaml and keeps the others.
func (d directoryWriter) edit(folder string, fields metadata) error {
	m, err := d.meta(folder)
	if err != nil {
		return err
	}
	maps.Copy(m, fields)
	return d.putMeta(folder, m)
}

func (d directoryWriter) putMeta(folder string, m metadata) error {
	text, err := yaml.Marshal(map[string]any(m)) // in the order of the keys, as MLflow writes it
	if err != nil {
		return err
	}
	return d.put(path.Join(folder, metaFile), text)
}

// put replaces a file. The new content is written at the top of the directory,
// where MLflow takes no file for one of its own.
func (d directoryWriter) put(name string, data []byte) error {
	if err := d.root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}
	temp := ".pitwall-" + strconv.Itoa(os.Getpid()) + ".new" // the holder of the lock is alone
	f, err := d.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = d.root.Rename(temp, name)
	}
	if err != nil {
		_ = d.root.Remove(temp)
	}
	return err
}

func (d directoryWriter) remove(name string) error {
	if err := d.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

package mlflow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// register makes the run first and the version last: what is interrupted leaves
// no version. New folders are filled beside and renamed.
func (d directoryWriter) register(ctx context.Context, reg Registration, file upload) (Version, error) {
	doing := "register " + reg.Model
	if err := checkName(doing, reg.Model); err != nil {
		return Version{}, err
	}
	unlock, err := d.lock()
	if err != nil {
		return Version{}, err
	}
	defer unlock()
	experiment, err := d.experiment(reg.Experiment)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return Version{}, fmt.Errorf("%s: %w", doing, err)
	}
	id, source, err := d.addRun(reg, experiment, file)
	if err != nil {
		return Version{}, fmt.Errorf("%s: %w", doing, err)
	}
	number, err := d.addVersion(ctx, reg, id, source)
	if err != nil {
		return Version{}, fmt.Errorf("%s: %w", doing, err)
	}
	return d.version(ctx, reg.Model, number)
}

// fileURI is the URI of a file or folder of the registry.
func (d directoryWriter) fileURI(name string) string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(d.path, name))}).String()
}

// experiment finds the folder of an experiment by its name, or makes it.
func (d directoryWriter) experiment(name string) (string, error) {
	folders, err := d.folders(".")
	if err != nil {
		return "", err
	}
	for _, folder := range folders {
		meta, err := d.meta(folder)
		if err == nil && folder != modelsFolder && meta.text("name") == name && meta.text("lifecycle_stage") != "deleted" {
			return folder, nil
		}
	}
	id := strconv.FormatInt(1e17+int64(d.Random()*8e17), 10) // 18 digits, as MLflow's own
	now := d.Now().UnixMilli()
	return id, d.fill(id, func(at string) error {
		return d.putMeta(at, metadata{"artifact_location": d.fileURI(id), "creation_time": now, "experiment_id": id,
			"last_update_time": now, "lifecycle_stage": "active", "name": name})
	})
}

// fill makes a folder with all that write puts into it, at once for readers.
func (d directoryWriter) fill(folder string, write func(at string) error) error {
	staged := ".pitwall-" + strconv.Itoa(os.Getpid()) + ".folder" // the holder of the lock is alone
	err := d.root.RemoveAll(staged)
	if err == nil {
		err = d.root.MkdirAll(staged, 0o700)
	}
	if err == nil {
		err = write(staged)
	}
	if err == nil {
		err = d.root.MkdirAll(path.Dir(folder), 0o700)
	}
	if err == nil {
		err = d.root.Rename(staged, folder)
	}
	return errors.Join(err, d.root.RemoveAll(staged))
}

// addRun makes a finished run with the model among its artefacts.
func (d directoryWriter) addRun(reg Registration, experiment string, file upload) (id, source string, err error) {
	id = newID(d.Random)
	folder, now := path.Join(experiment, id), d.Now()
	artifacts := d.fileURI(path.Join(folder, "artifacts"))
	text, err := modelFileText(reg, file, id, now)
	if err != nil {
		return "", "", err
	}
	err = d.fill(folder, func(at string) error {
		meta := metadata{"artifact_uri": artifacts, "deleted_time": nil, "end_time": now.UnixMilli(), "entry_point_name": "", "experiment_id": experiment,
			"lifecycle_stage": "active", "run_id": id, "run_name": reg.RunName, "run_uuid": id, "source_name": "", "source_type": 4, "source_version": "",
			"start_time": now.UnixMilli(), "status": runFinished, "tags": []string{}, "user_id": reg.User}
		if err := d.putMeta(at, meta); err != nil {
			return err
		}
		for key, value := range reg.Metrics {
			line := fmt.Sprintf("%d %s 0\n", now.UnixMilli(), pythonFloat(value))
			if err := d.put(path.Join(at, "metrics", key), []byte(line)); err != nil {
				return err
			}
		}
		for folder, values := range map[string]map[string]string{"params": reg.Params, "tags": runTags(reg)} {
			for key, value := range values {
				if err := d.put(path.Join(at, folder, key), []byte(value)); err != nil {
					return err
				}
			}
		}
		if err := d.put(path.Join(at, "artifacts", artifactPath, modelFile), text); err != nil {
			return err
		}
		return d.copyIn(path.Join(at, "artifacts", artifactPath, file.name), file)
	})
	return id, artifacts + "/" + artifactPath, err
}

// pythonFloat writes a number as Python reads it.
func pythonFloat(v float64) string {
	switch {
	case math.IsNaN(v):
		return "nan"
	case math.IsInf(v, 0):
		return strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(v, 'g', -1, 64)), "+")
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

func (d directoryWriter) copyIn(name string, from io.Reader) error {
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	return errors.Join(err, f.Sync(), f.Close())
}

// addVersion makes the model when it is absent, and its next version.
func (d directoryWriter) addVersion(ctx context.Context, reg Registration, run, source string) (string, error) {
	at, now := path.Join(modelsFolder, reg.Model), d.Now().UnixMilli()
	if _, err := d.meta(at); errors.Is(err, fs.ErrNotExist) {
		err := d.fill(at, func(at string) error {
			return d.putMeta(at, metadata{"aliases": map[string]string{}, "creation_timestamp": now, "description": nil, "last_updated_timestamp": now, "name": reg.Model})
		})
		if err != nil {
			return "", err
		}
	}
	next, err := d.nextVersion(at)
	if err != nil {
		return "", err
	}
	number := strconv.Itoa(next)
	err = d.fill(path.Join(at, versionPrefix+number), func(folder string) error {
		for key, value := range reg.Tags {
			if err := errors.Join(checkKey("set tag "+key, key), ctx.Err()); err != nil {
				return err
			}
			if err := d.put(path.Join(folder, "tags", key), []byte(value)); err != nil {
				return err
			}
		}
		return d.putMeta(folder, metadata{"aliases": []string{}, "creation_timestamp": now, "current_stage": "None", "description": reg.Description,
			"last_updated_timestamp": now, "name": reg.Model, "run_id": run, "run_link": nil, "source": source, "status": "READY", "status_message": nil,
			"storage_location": source, "user_id": nil, "version": next})
	})
	if err != nil {
		return "", err
	}
	return number, d.edit(at, metadata{"last_updated_timestamp": now})
}

// nextVersion counts deleted versions too, as MLflow does.
func (d directoryWriter) nextVersion(model string) (int, error) {
	folders, err := d.folders(model)
	if err != nil {
		return 0, err
	}
	most := 0
	for _, folder := range folders {
		if n, err := strconv.Atoi(strings.TrimPrefix(folder, versionPrefix)); err == nil && strings.HasPrefix(folder, versionPrefix) {
			most = slices.Max([]int{most, n})
		}
	}
	return most + 1, nil
}

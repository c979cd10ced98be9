package mlflow

import (
	"fmt"
	"path"
	"time"

	"go.yaml.in/yaml/v3"
)

// metadata is the content of a meta.yaml. What we do not know is kept.
type metadata map[string]any

func (m metadata) text(key string) string {
	switch v := m[key].(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}

func (m metadata) number(key string) int64 {
	switch v := m[key].(type) {
	case int:
		return int64(v)
	case float64:
		return int64(v)
	}
	return 0
}

// time reads milliseconds; zero when there are none.
func (m metadata) time(key string) time.Time { return milliseconds(m.number(key)) }

func (d *directory) meta(folder string) (metadata, error) {
	text, err := d.content(path.Join(folder, metaFile), maxMeta)
	if err != nil {
		return nil, err
	}
	m := metadata{}
	if err := yaml.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", path.Join(folder, metaFile), err)
	}
	return m, nil
}

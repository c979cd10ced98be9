package checklist

import (
	"context"
	"errors"
	"fmt"

	"pitwall/backends"
)

// SharedLoader reads records where a backend keeps texts that everybody who
// looks at it shares: on Kubernetes in one ConfigMap a deployment.
type SharedLoader struct{ backends.SharedReader }

// Load reads a record. One that nobody has written yet is empty.
func (s SharedLoader) Load(ctx context.Context, deployment string) (Record, error) {
	r, _, err := s.load(ctx, deployment)
	return r, err
}

func (s SharedLoader) load(ctx context.Context, deployment string) (Record, backends.SharedText, error) {
	text, err := s.ReadShared(ctx, deployment)
	if err != nil {
		return Record{}, text, fmt.Errorf("read the shared checklist of %s: %w", deployment, err)
	}
	if len(text.Data) == 0 {
		return Record{}, text, nil
	}
	r, err := Decode(text.Data, text.From)
	return r, text, err
}

// Shared keeps records there.
type Shared struct{ backends.Sharer }

// mostTries bounds how often a write is tried again after somebody else's.
const mostTries = 20

// Load reads a record, as SharedLoader does.
func (s Shared) Load(ctx context.Context, deployment string) (Record, error) {
	return SharedLoader{s.Sharer}.Load(ctx, deployment)
}

// Merge adds to a record what is new. It reads and merges again as often as
// somebody else wrote in between, so that nothing of theirs is lost.
func (s Shared) Merge(ctx context.Context, deployment string, add Record) (Record, error) {
	for range mostTries {
		old, text, err := SharedLoader{s.Sharer}.load(ctx, deployment)
		if err != nil {
			return Record{}, err
		}
		if text.Locked != nil {
			return Record{}, fmt.Errorf("share the checklist of %s: %w", deployment, text.Locked)
		}
		merged := Merge(old, add)
		text.Data = Encode(merged)
		err = s.WriteShared(ctx, deployment, text)
		if err == nil {
			return merged, nil
		}
		if !errors.Is(err, backends.ErrSharedMoved) {
			return Record{}, fmt.Errorf("share the checklist of %s: %w", deployment, err)
		}
	}
	return Record{}, fmt.Errorf("share the checklist of %s: others write it all the time", deployment)
}

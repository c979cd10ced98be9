package ledger

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/world"
)

// The labels of an entry beside those of package world.
const (
	labelKey   = "com.pitwall.ledger.key"
	labelSeq   = "com.pitwall.ledger.seq"
	labelEntry = "com.pitwall.ledger.entry"
	labelNonce = "com.pitwall.ledger.nonce" // those of the lineage, the entry's own last
)

// keepEntries is how many entries of a deployment stay: the newest counts, the
// ones before it let a reader that is slow notice that it is late.
const keepEntries = 4

// Volumes are what the ledger is written on; *engine.Client has them.
type Volumes interface {
	Volumes(ctx context.Context, label string) ([]engine.Volume, error)
	CreateVolume(ctx context.Context, name string, labels map[string]string) (engine.Volume, error)
	RemoveVolume(ctx context.Context, name string) error
}

// Ledger reads and swaps entries. It is safe for concurrent use, by several
// processes too.
type Ledger struct{ volumes Volumes }

// New makes a ledger on an engine's volumes.
func New(v Volumes) *Ledger { return &Ledger{volumes: v} }

// ErrLost says that somebody else wrote an entry since it was read.
var ErrLost = errors.New("the deployment was changed since it was read")

// Load reads the newest entry of every deployment, by Key. An entry that cannot be
// read (another pitwall's, or damaged) is an error that names its volume.
func (l *Ledger) Load(ctx context.Context) (map[string]Entry, error) {
	all, err := l.list(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[string]Entry, len(all))
	var failed []error
	for key, cells := range all {
		e, err := cells[0].entry()
		if err != nil {
			failed = append(failed, err)
			continue
		}
		out[key] = e
	}
	return out, errors.Join(failed...)
}

// cell is a volume that holds an entry.
type cell struct {
	engine.Volume
	seq uint64
}

// list groups the volumes of entries by deployment, newest first.
func (l *Ledger) list(ctx context.Context) (map[string][]cell, error) {
	volumes, err := l.volumes.Volumes(ctx, labelSeq)
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	out := make(map[string][]cell)
	for _, v := range volumes {
		seq, err := strconv.ParseUint(v.Labels[labelSeq], 10, 64)
		if key := v.Labels[labelKey]; err == nil && key != "" {
			out[key] = append(out[key], cell{v, seq})
		}
	}
	for _, cells := range out {
		slices.SortFunc(cells, func(a, b cell) int { return cmp.Compare(b.seq, a.seq) })
	}
	return out, nil
}

func (c cell) entry() (Entry, error) {
	var e Entry
	if err := json.Unmarshal([]byte(c.Labels[labelEntry]), &e); err != nil {
		return e, fmt.Errorf("read the ledger's volume %s: %w: `docker volume rm %s` forgets it", c.Name, err, c.Name)
	}
	e.Seq, e.lineage = c.seq, c.lineage()
	return e, nil
}

func (c cell) lineage() []string { return strings.Split(c.Labels[labelNonce], " ") }

// Swap writes an entry in place of the one with e.Seq and returns it with its
// new number. Errors: ErrLost when e.Seq is no longer the newest, and nothing
// was written then.
func (l *Ledger) Swap(ctx context.Context, e Entry) (Entry, error) {
	text, err := json.Marshal(e)
	if err != nil {
		return e, fmt.Errorf("encode an entry of the ledger: %w", err)
	}
	nonce := rand.Text()[:12]
	lineage := append(slices.Clone(e.lineage), nonce)
	lineage = lineage[max(0, len(lineage)-keepLineage):]
	labels := map[string]string{
		world.LabelDeployment: e.Conf.Name, world.LabelRole: world.RoleLedger, labelKey: e.key(),
		labelEntry: string(text), labelNonce: strings.Join(lineage, " "),
	}
	if e.Stack != "" {
		labels[world.LabelStack] = e.Stack
	}
	v, husks, err := l.create(ctx, &e, labels)
	if err != nil {
		return e, fmt.Errorf("write the ledger of %s: %w", e.Conf.Name, err)
	}
	if v.Labels[labelNonce] != labels[labelNonce] {
		return e, ErrLost
	}
	if err := l.settle(ctx, e, v.Name, nonce); err != nil {
		return e, err
	}
	for _, name := range husks { // whoever takes such a number now is too late, as settle tells
		_ = l.volumes.RemoveVolume(ctx, name)
	}
	e.Seq++
	e.lineage = lineage
	return e, nil
}

// maxHusks bounds the numbers that a swap skips.
const maxHusks = 64

// create makes the volume after e's, or gets the one that is there. A volume
// without labels is no entry: its engine ended in the middle of making it. Its
// number is skipped, by everybody alike, and e.Seq moves along.
func (l *Ledger) create(ctx context.Context, e *Entry, labels map[string]string) (v engine.Volume, husks []string, err error) {
	for len(husks) < maxHusks {
		labels[labelSeq] = strconv.FormatUint(e.Seq+1, 10)
		v, err = l.volumes.CreateVolume(ctx, volumeName(e.key(), e.Seq+1), labels)
		if err != nil || v.Labels[labelNonce] != "" {
			return v, husks, err
		}
		husks = append(husks, v.Name)
		e.Seq++
	}
	return v, husks, fmt.Errorf("%d volumes from %s on are in its way and hold nothing: remove them with `docker volume rm`", maxHusks, husks[0])
}

// settle sweeps old entries away, oldest first. A number that was swept can be
// taken a second time, by somebody who is that much too late: then the newest
// entry does not come from his.
func (l *Ledger) settle(ctx context.Context, e Entry, mine, nonce string) error {
	all, err := l.list(ctx)
	if err != nil {
		return err
	}
	cells := all[e.key()]
	if len(cells) > 0 && cells[0].seq > e.Seq+1 && !slices.Contains(cells[0].lineage(), nonce) {
		return errors.Join(ErrLost, l.volumes.RemoveVolume(ctx, mine))
	}
	for len(cells) > keepEntries {
		last := len(cells) - 1
		if l.volumes.RemoveVolume(ctx, cells[last].Name) != nil {
			return nil // the next swap tries again, in this order
		}
		cells = cells[:last]
	}
	return nil
}

var notInNames = regexp.MustCompile(`[^a-zA-Z0-9_.-]+`)

// volumeName is that of an entry. Names that the engine would refuse are
// replaced, with a digest that keeps them apart.
func volumeName(key string, seq uint64) string {
	safe := notInNames.ReplaceAllString(key, "_")
	if safe != key {
		sum := sha256.Sum256([]byte(key))
		safe += "-" + hex.EncodeToString(sum[:4])
	}
	return fmt.Sprintf("pitwall-ledger-%s-%d", safe, seq)
}

// Forget removes every entry of a key.
func (l *Ledger) Forget(ctx context.Context, key string) error {
	all, err := l.list(ctx)
	if err != nil {
		return err
	}
	for _, c := range all[key] {
		err = errors.Join(err, l.volumes.RemoveVolume(ctx, c.Name))
	}
	return err
}

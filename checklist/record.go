package checklist

import (
	"cmp"
	"slices"
	"time"
)

// Record is all that is known of a deployment's checklist: the newest evidence
// of every probe, and everything that was signed. People share it.
type Record struct {
	Evidence []Evidence `json:"evidence,omitempty"`
	SignOffs []SignOff  `json:"sign_offs,omitempty"`
}

// maxSignOffs is how many sign-offs a record keeps: the oldest go first.
const maxSignOffs = 500

// Merge joins two records: the newest evidence of each probe and variant, every
// sign-off once. It does not matter which is a and which is b.
func Merge(a, b Record) Record {
	var out Record
	type of struct{ probe, variant string }
	newest := map[of]Evidence{}
	for _, e := range slices.Concat(a.Evidence, b.Evidence) {
		k := of{e.Probe, e.Subject.Variant}
		if old, ok := newest[k]; !ok || newer(e, old) {
			newest[k] = e
		}
	}
	for _, e := range newest {
		out.Evidence = append(out.Evidence, e)
	}
	slices.SortFunc(out.Evidence, func(x, y Evidence) int {
		return cmp.Or(cmp.Compare(x.Probe, y.Probe), cmp.Compare(x.Subject.Variant, y.Subject.Variant))
	})
	ids := map[string]bool{}
	for _, s := range slices.Concat(a.SignOffs, b.SignOffs) {
		if !ids[s.ID] {
			ids[s.ID], out.SignOffs = true, append(out.SignOffs, s)
		}
	}
	slices.SortFunc(out.SignOffs, func(x, y SignOff) int {
		return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.ID, y.ID))
	})
	if n := len(out.SignOffs) - maxSignOffs; n > 0 {
		out.SignOffs = slices.Delete(out.SignOffs, 0, n)
	}
	return out
}

// newer orders evidence of one probe, the same way for everybody who merges.
func newer(a, b Evidence) bool {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.By, b.By), cmp.Compare(a.State, b.State), cmp.Compare(a.Text, b.Text)) > 0
}

// evidence is the newest of a probe about a variant.
func (r Record) evidence(probe, variant string) (Evidence, bool) {
	i := slices.IndexFunc(r.Evidence, func(e Evidence) bool { return e.Probe == probe && e.Subject.Variant == variant })
	if i < 0 {
		return Evidence{}, false
	}
	return r.Evidence[i], true
}

func (r Record) sign(id string) (SignOff, bool) {
	i := slices.IndexFunc(r.SignOffs, func(s SignOff) bool { return s.ID == id })
	if i < 0 {
		return SignOff{}, false
	}
	return r.SignOffs[i], true
}

// revoked reports whether a sign-off was taken back.
func (r Record) revoked(id string) bool {
	return slices.ContainsFunc(r.SignOffs, func(s SignOff) bool { return s.Verdict == Revoke && s.Of == id })
}

// approval is one of a sign-off that stands, by another person.
func (r Record) approval(of SignOff) (SignOff, bool) {
	for _, s := range r.SignOffs {
		if s.Verdict == Approve && s.Of == of.ID && person(s.By) != person(of.By) && !r.revoked(s.ID) {
			return s, true
		}
	}
	return SignOff{}, false
}

// newestSign is the newest sign-off of an item with a verdict that was not
// taken back, about a subject's variant.
func (r Record) newestSign(item string, v Verdict, about Subject) (SignOff, bool) {
	for _, s := range slices.Backward(r.SignOffs) {
		if s.Item == item && s.Verdict == v && s.Subject.Variant == about.Variant && !r.revoked(s.ID) {
			return s, true
		}
	}
	return SignOff{}, false
}

// Standing are the sign-offs of an item that could be approved or revoked, the
// newest first.
func (r Record) Standing(item string, about Subject, now time.Time) []SignOff {
	var list []SignOff
	for _, s := range slices.Backward(r.SignOffs) {
		if s.Item == item && (s.Verdict == Attest || s.Verdict == Waive) && s.Subject.Variant == about.Variant && !r.revoked(s.ID) && !s.expired(now) {
			list = append(list, s)
		}
	}
	return list
}

package checklist

import (
	"cmp"
	"slices"
	"time"
)

// Record is all that is known of a deployment's checklist: the newest evidence
// of every probe, what it saw last when it sees nothing now, and everything that
// was signed. People share it. Of one probe and variant the newest stands first.
type Record struct {
	Evidence []Evidence `json:"evidence,omitempty"`
	SignOffs []SignOff  `json:"sign_offs,omitempty"`
}

// maxSignOffs is how many sign-offs a record keeps: the oldest go first.
const maxSignOffs = 500

// Merge joins two records: the newest evidence of each probe and variant and the
// newest that is not unknown, every sign-off once. It does not matter which is a
// and which is b.
func Merge(a, b Record) Record {
	out := Record{Evidence: mergeEvidence(slices.Concat(a.Evidence, b.Evidence))}
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

// mergeEvidence sorts evidence by probe and variant, the newest first, and keeps
// of each the first, and the first that saw something.
func mergeEvidence(all []Evidence) []Evidence {
	slices.SortFunc(all, func(x, y Evidence) int {
		return cmp.Or(cmp.Compare(x.Probe, y.Probe), cmp.Compare(x.Subject.Variant, y.Subject.Variant), newer(y, x))
	})
	type of struct{ probe, variant string }
	var list []Evidence
	first, saw := map[of]bool{}, map[of]bool{}
	for _, e := range all {
		k := of{e.Probe, e.Subject.Variant}
		sees := e.State != Unknown
		if !first[k] || sees && !saw[k] {
			list = append(list, e)
		}
		first[k], saw[k] = true, saw[k] || sees
	}
	return list
}

// newer orders evidence of one probe, the same way for everybody who merges.
func newer(a, b Evidence) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.By, b.By), cmp.Compare(a.State, b.State), cmp.Compare(a.Text, b.Text))
}

// seen is the newest evidence of a probe that is not unknown and counts for what
// an item's subject runs.
func (r Record) seen(i Item, probe string, subject Subject) (Evidence, bool) {
	var newest Evidence
	found := false
	for _, e := range r.Evidence {
		if e.Probe == probe && e.State != Unknown && i.about(e.Subject, subject) && (!found || newer(e, newest) > 0) {
			newest, found = e, true
		}
	}
	return newest, found
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
// taken back and counts for a subject, else the newest of the subject's variant.
func (r Record) newestSign(i Item, v Verdict, about Subject) (SignOff, bool) {
	var other *SignOff
	for _, s := range slices.Backward(r.SignOffs) {
		if s.Item != i.ID || s.Verdict != v || r.revoked(s.ID) {
			continue
		}
		if i.covers(s.Subject, about) {
			return s, true
		}
		if other == nil && s.Subject.Variant == about.Variant {
			other = &s
		}
	}
	if other == nil {
		return SignOff{}, false
	}
	return *other, true
}

// Standing are the sign-offs of an item that could be approved or revoked, the
// newest first: those that count for a subject, and those of its variant.
func (r Record) Standing(i Item, about Subject, now time.Time) []SignOff {
	var list []SignOff
	for _, s := range slices.Backward(r.SignOffs) {
		if s.Item == i.ID && (s.Verdict == Attest || s.Verdict == Waive) && (s.Subject.Variant == about.Variant || i.covers(s.Subject, about)) && !r.revoked(s.ID) && !s.expired(now) {
			list = append(list, s)
		}
	}
	return list
}

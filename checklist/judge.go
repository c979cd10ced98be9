package checklist

import (
	"cmp"
	"fmt"
	"time"
)

// Row is an item with how it stands and why.
type Row struct {
	Item     Item
	State    State
	Text     string     // why, one sentence
	Evidence []Evidence // in the order of the item's probes; what nobody looked at has no time
	Sign     *SignOff   // the attestation or waiver that counts, nil for none
	Approval *SignOff   // of Sign, nil for none
	Next     string     // what to do, "" when nothing is to be done
	Go       string     // where that is done, one of the Go constants or ""

	failed bool // a probe saw it fail, and has seen nothing else since
}

// Judge says how an item stands by what is recorded. What it says is about
// subject as it is now: evidence and signatures of another version are stale.
//
//   - The worst of the probes counts. A waiver that stands counts before them.
//   - What a person attests stands for what could not be looked at, never
//     against what was found to fail: a probe that sees nothing now leaves the
//     last failure that it saw of the same version, as stale evidence.
func Judge(i Item, r Record, subject Subject, now time.Time) Row {
	row := Row{Item: i, State: NotApplicable}
	row.ask(r, subject, now)
	if s, ok := r.newestSign(i, Waive, subject); ok {
		if why := spoiled(i, s, r, subject, now); why == "" {
			row.sign(s, r, Waived, fmt.Sprintf("waived by %s until %s: %s", s.By, moment(s.Expires, now), s.Note))
			return row
		}
	}
	if i.Human() || len(i.Probes) == 0 {
		row.attested(r, subject, now)
	}
	return row
}

// ask takes the worst of the probes.
func (row *Row) ask(r Record, subject Subject, now time.Time) {
	for n, probe := range row.Item.Probes {
		e, ok := r.evidence(probe, subject.Variant)
		if !ok {
			e = Evidence{Probe: probe, Subject: subject, Finding: Finding{Text: "not looked at yet"}}
		} else {
			e.Finding = aged(row.Item, e, subject, now)
		}
		row.Evidence = append(row.Evidence, e)
		if n == 0 || e.State.worse(row.State) {
			row.State, row.Text, row.Next, row.Go = e.State, e.Text, e.Next, e.Go
		}
		if row.Item.Human() && (e.State == Unknown || e.State == Stale) {
			row.failure(e, r, subject)
		}
	}
}

// failure keeps what a probe saw fail and cannot see now. A signature does not
// win over it: that the registry is away proves nothing.
func (row *Row) failure(now Evidence, r Record, subject Subject) {
	seen, ok := r.seen(row.Item, now.Probe, subject)
	if !ok || seen.State != Fail {
		return
	}
	row.failed = true
	if seen.Subject == now.Subject && seen.At.Equal(now.At) {
		return // it only is too old
	}
	seen.State, seen.Text = Stale, "seen to fail at "+seen.At.UTC().Format(time.RFC3339)+": "+seen.Text
	row.Evidence = append(row.Evidence, seen)
	if !row.State.worse(Stale) {
		row.State, row.Text = Stale, join(seen.Text, now.Text)
		row.Next, row.Go = cmp.Or(now.Next, seen.Next, "look again"), cmp.Or(now.Go, seen.Go)
	}
}

// clockSkew is how far the clocks of two people may be apart.
const clockSkew = time.Minute

// aged is a finding as it counts now.
func aged(i Item, e Evidence, subject Subject, now time.Time) Finding {
	f := e.Finding
	stale := func(why string) Finding {
		f.State, f.Text, f.Next, f.Go = Stale, why+": "+f.Text, "look again", ""
		return f
	}
	switch {
	case !e.Subject.Same(subject):
		return stale("of " + e.Subject.Runs() + ", now " + subject.Runs())
	case e.At.Sub(now) > clockSkew:
		return stale("dated in the future, " + e.At.UTC().Format(time.RFC3339))
	case !f.Until.IsZero() && now.After(f.Until):
		return stale("no longer recent")
	case now.Sub(e.At) > i.MaxAge:
		return stale(fmt.Sprintf("older than %s", Days(i.MaxAge)))
	}
	return f
}

// spoiled says why a sign-off does not count, "" when it does.
func spoiled(i Item, s SignOff, r Record, subject Subject, now time.Time) string {
	switch {
	case s.expired(now):
		return fmt.Sprintf("what %s signed expired on %s", s.By, day(s.Expires))
	case !i.covers(s.Subject, subject):
		return fmt.Sprintf("what %s signed is of %s, now %s", s.By, s.Subject.Runs(), subject.Runs())
	case i.Second:
		if _, ok := r.approval(s); !ok {
			return fmt.Sprintf("what %s signed waits for the approval of another person", s.By)
		}
	}
	return ""
}

func (row *Row) sign(s SignOff, r Record, state State, text string) {
	row.State, row.Text, row.Sign, row.Next, row.Go = state, text, &s, "", ""
	if a, ok := r.approval(s); ok {
		row.Approval = &a
		row.Text += ", approved by " + a.By
	}
}

// attested joins what a person said with what the probes found.
func (row *Row) attested(r Record, subject Subject, now time.Time) {
	if row.State == Fail || row.failed {
		return
	}
	found := row.Text
	s, signed := r.newestSign(row.Item, Attest, subject)
	lacks, state := "nobody has attested: "+row.Item.Attest, Unknown
	if signed {
		lacks, state = spoiled(row.Item, s, r, subject, now), Stale
	}
	switch {
	case lacks == "" && row.State == Warn:
		next, to := row.Next, row.Go
		row.sign(s, r, Warn, found+" · attested by "+s.By)
		row.Next, row.Go = next, to
	case lacks == "":
		row.sign(s, r, Attested, s.By+": "+s.Note)
	case row.State == Unknown || row.State == Stale: // what the probes lack comes first
		row.Text = join(found, lacks)
		row.Next = cmp.Or(row.Next, "attest: "+row.Item.Attest)
	case signed && waits(row.Item, s, r, subject, now):
		row.State, row.Text, row.Sign, row.Next, row.Go = Unknown, join(lacks, found), &s, "another person approves it", ""
	default:
		row.State, row.Text, row.Next, row.Go = state, join(lacks, found), "attest: "+row.Item.Attest, ""
	}
}

// waits reports whether a sign-off only lacks its approval.
func waits(i Item, s SignOff, r Record, subject Subject, now time.Time) bool {
	second := i.Second
	i.Second = false
	return second && spoiled(i, s, r, subject, now) == ""
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " · " + b
}

// moment is a day, and the time of one that is near.
func moment(t, now time.Time) string {
	if t.Sub(now) < 48*time.Hour {
		return t.UTC().Format("2006-01-02 15:04 UTC")
	}
	return day(t)
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// Days writes a duration in days where it is a number of them, else in hours
// and minutes.
func Days(d time.Duration) string {
	const whole = 24 * time.Hour
	if d >= whole && d%whole == 0 {
		return fmt.Sprintf("%d d", d/whole)
	}
	return d.Round(time.Minute).String()
}

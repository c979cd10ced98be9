package checklist

import (
	"strings"
	"testing"
	"time"
)

var (
	noon    = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	running = Subject{Deployment: "churn", Variant: "B", Version: "1.2.0", Digest: "sha256:aaaaaaaaaaaaaaaa"}
	before  = Subject{Deployment: "churn", Variant: "B", Version: "1.1.0", Digest: "sha256:bbbbbbbbbbbbbbbb"}
)

func found(probe string, s State) Evidence {
	return Evidence{Probe: probe, Subject: running, At: noon.Add(-time.Hour), Finding: Finding{State: s, Text: probe + " is " + s.String()}}
}

func signed(id string, v Verdict, by string) SignOff {
	return SignOff{ID: id, Item: "x", Verdict: v, By: by, Note: "looked", At: noon.Add(-time.Hour), Expires: noon.Add(time.Hour), Subject: running}
}

func TestJudge(t *testing.T) {
	machine := Item{ID: "x", Probes: []string{"p", "q"}, MaxAge: 24 * time.Hour}
	human := Item{ID: "x", Attest: "It is so.", MaxAge: 24 * time.Hour}
	both := Item{ID: "x", Probes: []string{"p"}, Attest: "It is so.", MaxAge: 24 * time.Hour}
	second, standing := both, both
	second.Second, standing.Standing = true, true
	old := found("p", Pass)
	old.At = noon.Add(-25 * time.Hour)
	moved := found("p", Pass)
	moved.Subject = before
	future := found("p", Pass)
	future.At = noon.Add(24 * time.Hour)
	scan := found("p", Pass)
	scan.Until = noon.Add(-time.Minute)
	attest, late, other := signed("1", Attest, "ana"), signed("1", Attest, "ana"), signed("1", Attest, "ana")
	late.Expires, other.Subject = noon, before
	approve, revoke, self := signed("2", Approve, "bob"), signed("3", Revoke, "ana"), signed("2", Approve, "ana")
	approve.Of, revoke.Of, self.Of = "1", "1", "1"

	for name, test := range map[string]struct {
		item  Item
		found []Evidence
		signs []SignOff
		want  State
		text  string
	}{
		"nobody looked":              {machine, nil, nil, Unknown, "not looked at yet"},
		"one of two":                 {machine, []Evidence{found("p", Pass)}, nil, Unknown, "not looked at yet"},
		"all pass":                   {machine, []Evidence{found("p", Pass), found("q", Pass)}, nil, Pass, "p is pass"},
		"the worst counts":           {machine, []Evidence{found("p", Warn), found("q", Fail)}, nil, Fail, "q is fail"},
		"unknown is no pass":         {machine, []Evidence{found("p", Unknown), found("q", Pass)}, nil, Unknown, "p is unknown"},
		"n/a beside pass":            {machine, []Evidence{found("p", NotApplicable), found("q", Pass)}, nil, Pass, "q is pass"},
		"all n/a":                    {machine, []Evidence{found("p", NotApplicable), found("q", NotApplicable)}, nil, NotApplicable, "p is n/a"},
		"old":                        {machine, []Evidence{old, found("q", Pass)}, nil, Stale, "older than 1 d"},
		"another digest":             {machine, []Evidence{moved, found("q", Pass)}, nil, Stale, "of 1.1.0 (sha256:bbbbbbbbbbbb), now 1.2.0 (sha256:aaaaaaaaaaaa)"},
		"an old scan":                {machine, []Evidence{scan, found("q", Pass)}, nil, Stale, "no longer recent"},
		"from the future":            {machine, []Evidence{future, found("q", Pass)}, nil, Stale, "dated in the future, 2026-11-28T12:00:00Z"},
		"nobody attested":            {human, nil, nil, Unknown, "nobody has attested: It is so."},
		"attested":                   {human, nil, []SignOff{attest}, Attested, "ana: looked"},
		"expired":                    {human, nil, []SignOff{late}, Stale, "expired on 2026-11-27"},
		"revoked":                    {human, nil, []SignOff{attest, revoke}, Unknown, "nobody has attested"},
		"attested another version":   {human, nil, []SignOff{other}, Stale, "is of 1.1.0"},
		"standing":                   {standing, []Evidence{found("p", Pass)}, []SignOff{other}, Attested, "ana: looked"},
		"machine and human":          {both, []Evidence{found("p", Pass)}, []SignOff{attest}, Attested, "ana: looked"},
		"machine alone":              {both, []Evidence{found("p", Pass)}, nil, Unknown, "nobody has attested: It is so. · p is pass"},
		"for what was not seen":      {both, []Evidence{found("p", Unknown)}, []SignOff{attest}, Attested, "ana: looked"},
		"neither":                    {both, []Evidence{found("p", Unknown)}, nil, Unknown, "p is unknown · nobody has attested"},
		"not against what was seen":  {both, []Evidence{found("p", Fail)}, []SignOff{attest}, Fail, "p is fail"},
		"a warning stays":            {both, []Evidence{found("p", Warn)}, []SignOff{attest}, Warn, "p is warn · attested by ana"},
		"waits for another person":   {second, []Evidence{found("p", Pass)}, []SignOff{attest}, Unknown, "waits for the approval"},
		"approved":                   {second, []Evidence{found("p", Pass)}, []SignOff{attest, approve}, Attested, "approved by bob"},
		"nobody approves themselves": {second, []Evidence{found("p", Pass)}, []SignOff{attest, self}, Unknown, "waits for the approval"},
		"waived":                     {machine, []Evidence{found("p", Fail)}, []SignOff{signed("1", Waive, "ana")}, Waived, "waived by ana until 2026-11-27 13:00 UTC: looked"},
		"waiver revoked":             {machine, []Evidence{found("p", Fail), found("q", Pass)}, []SignOff{signed("1", Waive, "ana"), revoke}, Fail, "p is fail"},
		"unknown probe":              {Item{ID: "x", Probes: []string{"z"}, MaxAge: time.Hour}, nil, nil, Unknown, "not looked at yet"},
	} {
		t.Run(name, func(t *testing.T) {
			row := Judge(test.item, Record{Evidence: test.found, SignOffs: test.signs}, running, noon)
			if row.State != test.want || !strings.Contains(row.Text, test.text) {
				t.Errorf("%s: %q, want %s: %q", row.State, row.Text, test.want, test.text)
			}
			if !row.State.Holds() && row.State != Fail && len(test.item.Probes) == 0 && row.Next == "" {
				t.Error("nothing is said of what to do")
			}
		})
	}
}

func TestSignOffsAreChecked(t *testing.T) {
	l := Standard()
	base := SignOff{ID: "9", Item: "on-call", Verdict: Attest, Note: "asked", By: "ana", At: noon}
	first := base
	first.ID, first.Expires = "1", noon.Add(time.Hour)
	record := Record{SignOffs: []SignOff{first}}
	for name, test := range map[string]struct {
		edit func(*SignOff)
		want string
	}{
		"good":               {func(*SignOff) {}, ""},
		"no item":            {func(s *SignOff) { s.Item = "oncall" }, "no item \"oncall\": there is model-validated"},
		"no note":            {func(s *SignOff) { s.Note = " " }, "a note is needed"},
		"long":               {func(s *SignOff) { s.Note = strings.Repeat("x", 1001) }, "at most 1000"},
		"a machine's":        {func(s *SignOff) { s.Item = "model-size" }, "answered by probes (model.size)"},
		"past":               {func(s *SignOff) { s.Expires = noon }, "expired already"},
		"endless waiver":     {func(s *SignOff) { s.Verdict = Waive }, "needs an end"},
		"waiver for years":   {func(s *SignOff) { s.Verdict, s.Expires = Waive, noon.Add(3650*24*time.Hour) }, "a waiver holds at most 90 d (waiver in the checklist's settings): give an end before 2027-02-25"},
		"the longest waiver": {func(s *SignOff) { s.Verdict, s.Expires = Waive, noon.Add(90*24*time.Hour) }, ""},
		"waiver":             {func(s *SignOff) { s.Verdict, s.Expires = Waive, noon.Add(time.Hour) }, ""},
		"link":               {func(s *SignOff) { s.Link = "javascript:alert(1)" }, "no http or https"},
		"secret in link":     {func(s *SignOff) { s.Link = "https://a:b@x/" }, "without a user"},
		"own approval":       {func(s *SignOff) { s.Verdict, s.Of = Approve, "1" }, "another person"},
		"the same elsewhere": {func(s *SignOff) { s.Verdict, s.Of, s.By = Approve, "1", "ana@other" }, "another person"},
		"approval":           {func(s *SignOff) { s.Verdict, s.Of, s.By = Approve, "1", "bob" }, ""},
		"approval of none":   {func(s *SignOff) { s.Verdict, s.Of, s.By = Approve, "7", "bob" }, "no sign-off 7"},
		"of another item":    {func(s *SignOff) { s.Verdict, s.Of, s.Item = Revoke, "1", "alerts" }, "no sign-off 1 of alerts"},
		"revoke by anybody":  {func(s *SignOff) { s.Verdict, s.Of, s.By = Revoke, "1", "bob" }, ""},
		"approval of no one": {func(s *SignOff) { s.Verdict, s.By = Approve, "bob" }, "no sign-off"},
	} {
		t.Run(name, func(t *testing.T) {
			s := base
			test.edit(&s)
			err := s.Check(l, record, noon)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

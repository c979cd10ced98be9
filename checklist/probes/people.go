package probes

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/journal"
	"pitwall/checklist"
)

// rollbackPossible: there is something to go back to, and it can be had.
func (a *asker) rollbackPossible(ctx context.Context) checklist.Finding {
	list, source, why := of(ctx, a, func(v backends.VariantSetup) backends.Fact[[]backends.EarlierImage] { return v.Earlier })
	if why != nil {
		return *why
	}
	if len(list) == 0 {
		return next(from(say(checklist.Fail, "no earlier revision of %s is kept", a.Subject.Variant), source), "the first deploy makes one", checklist.GoRollout)
	}
	newest := list[0]
	f := from(say(checklist.Pass, "revision %d (%s) is kept, %d in all", newest.Revision, newest.Image, len(list)), source)
	if !newest.There {
		f.State, f.Text = checklist.Warn, fmt.Sprintf("revision %d (%s) has to be fetched from its registry", newest.Revision, newest.Image)
	}
	return f
}

// rollbackDrill: going back was tried, and how long it took.
func (a *asker) rollbackDrill(context.Context) checklist.Finding {
	if a.Records == nil {
		return unknown("there is no journal")
	}
	most := time.Duration(a.Settings.Drill)
	records, err := a.Records.Records(a.Now().Add(-most))
	if err != nil {
		return unknown("read the journal: %s", err)
	}
	ops := map[string]journal.Record{}
	var last *journal.Record
	for _, r := range records {
		if r.Phase == journal.PhaseIntent && r.Op == string(backends.OpRollback) && r.Target.Name == a.Deployment.Name {
			ops[r.ID] = r
		}
		if _, ok := ops[r.Intent]; ok && r.Phase == journal.PhaseResult && r.Result == journal.ResultOK {
			last = &r
		}
	}
	if last == nil {
		return next(from(say(checklist.Fail, "no rollback of %s in the last %s", a.Deployment.Name, checklist.Days(most)), "journal"), "try one while nothing burns", checklist.GoRollback)
	}
	f := from(say(checklist.Pass, "rolled back on %s in %s, by %s", last.TS.UTC().Format(time.DateOnly), (time.Duration(last.TookMS)*time.Millisecond).Round(time.Millisecond*100), last.Actor), "journal "+last.ID)
	f.Threshold = "in the last " + checklist.Days(most)
	return f
}

// runbook: the page or file is there.
func (a *asker) runbook(ctx context.Context) checklist.Finding {
	where := a.named(a.Settings.Runbook)
	switch {
	case where == "":
		return next(unknown("no runbook is named"), "name its page or file in the checklist's settings: runbook", "")
	case strings.HasPrefix(where, "http://") || strings.HasPrefix(where, "https://"):
		status, _, err := a.get(ctx, http.MethodGet, where, nil, nil)
		switch {
		case err != nil:
			return from(unknown("open the runbook: %s", err), where)
		case status == http.StatusUnauthorized || status == http.StatusForbidden:
			return from(unknown("the runbook's page asks for a login"), where)
		case status != http.StatusOK:
			return next(from(say(checklist.Fail, "the runbook's page answers %d", status), where), "mend the link", "")
		}
		return from(say(checklist.Pass, "the runbook's page is there"), where)
	}
	text, why := a.file(where)
	if why != nil {
		return *why
	}
	if !strings.Contains(strings.ToLower(text), "rollback") && !strings.Contains(strings.ToLower(text), "roll back") {
		return next(from(say(checklist.Fail, "the runbook does not speak of a rollback"), where), "write it down", "")
	}
	return from(say(checklist.Pass, "the runbook is there, and speaks of the rollback"), where)
}

// file is the text of a file of the directory.
func (a *asker) file(path string) (string, *checklist.Finding) {
	fail := func(f checklist.Finding) (string, *checklist.Finding) { f.Source = path; return "", &f }
	if a.Files == nil {
		return fail(unknown("no directory to read it from"))
	}
	data, err := fs.ReadFile(a.Files, path)
	if err != nil {
		return fail(unknown("read %s: %s", path, err))
	}
	return string(data), nil
}

// onCall shows who is on call: a person attests that they know.
func (a *asker) onCall(ctx context.Context) checklist.Finding {
	switch {
	case a.Settings.PagerDuty.URL != "":
		return a.pagerDuty(ctx)
	case a.Settings.OnCall != "":
		text, why := a.file(a.named(a.Settings.OnCall))
		if why != nil {
			return *why
		}
		first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
		if first == "" {
			return next(from(say(checklist.Fail, "the rotation's file is empty"), a.Settings.OnCall), "name who is on call", "")
		}
		return from(say(checklist.Pass, "on call: %s", first), a.Settings.OnCall)
	}
	return unknown("no rotation is named in the checklist's settings")
}

func (a *asker) pagerDuty(ctx context.Context) checklist.Finding {
	e := a.Settings.PagerDuty
	token := a.Env(e.TokenEnv)
	if e.TokenEnv == "" || token == "" {
		return unknown("the variable with PagerDuty's token is not set")
	}
	source := strings.TrimRight(e.URL, "/") + "/oncalls?limit=5&schedule_ids[]=" + url.QueryEscape(a.named(e.Query))
	status, data, err := a.get(ctx, http.MethodGet, source, nil, http.Header{"Authorization": {"Token token=" + token}, "Accept": {"application/vnd.pagerduty+json;version=2"}})
	if err != nil || status != http.StatusOK {
		return from(unknown("ask PagerDuty: %s", failure(status, err)), source)
	}
	var answer struct {
		Oncalls []struct {
			User struct{ Summary string }
			End  *time.Time
		}
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return from(unknown("PagerDuty's answer cannot be read: %s", err), source)
	}
	if len(answer.Oncalls) == 0 {
		return next(from(say(checklist.Fail, "nobody is on call"), source), "fill the rotation", "")
	}
	first := answer.Oncalls[0]
	if first.User.Summary == "" {
		return from(unknown("PagerDuty's answer names nobody"), source)
	}
	f := from(say(checklist.Pass, "on call: %s", first.User.Summary), source)
	if first.End != nil {
		f.Text += " until " + first.End.UTC().Format(time.RFC3339)
		f.Until = *first.End
	}
	return f
}

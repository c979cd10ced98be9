package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"pitwall/backends"
	"pitwall/ui/draw"
)

var errNameNeeded = misuse{errors.New("name a deployment")}

func (a *app) getRevisions(ctx context.Context, s *session, name string, out format) error {
	if name == "" {
		return errNameNeeded
	}
	list, err := s.reader.Revisions(ctx, name)
	if err != nil {
		return err
	}
	return out.print(a.out, list, func(w io.Writer) {
		row(w, "REVISION", "VARIANT", "VERSION", "IMAGE", "REPLICAS", "AGE", "BY", "STATE", "REASON")
		for _, r := range list {
			row(w, fmt.Sprint(r.Number), r.Variant, r.Version, r.Image, fmt.Sprint(r.Replicas),
				draw.Duration(a.now().Sub(r.CreatedAt)), r.By, revisionState(r), r.Reason)
		}
	})
}

// revisionState tells what a revision is now.
func revisionState(r backends.Revision) string {
	switch {
	case r.Current:
		return "running"
	case r.Doubt != "":
		return "not healthy: " + r.Doubt
	case r.Good:
		return "known-good"
	case r.Unrecorded:
		return "newest for " + draw.Duration(r.GoodFor)
	default:
		return "served " + draw.Duration(r.GoodFor)
	}
}

func (a *app) getVersions(ctx context.Context, s *session, name string, out format) error {
	if name == "" {
		return errNameNeeded
	}
	list, err := s.reader.Versions(ctx, name)
	if err != nil {
		return err
	}
	return out.print(a.out, list, func(w io.Writer) {
		row(w, "VERSION", "IMAGE", "DIGEST", "NOTE")
		for _, v := range list {
			row(w, v.Version, v.Image, v.Digest, v.Note)
		}
	})
}

func (a *app) getAlerts(ctx context.Context, s *session, name string, out format) error {
	snap, err := s.read(ctx)
	if err != nil {
		return err
	}
	list := []backends.Alert{}
	for _, alert := range snap.Alerts {
		if name == "" || alert.Deployment == name {
			list = append(list, alert)
		}
	}
	return out.print(a.out, list, func(w io.Writer) {
		row(w, "SEVERITY", "STATE", "SINCE", "DEPLOYMENT", "VARIANT", "ALERT", "SUMMARY")
		for _, x := range list {
			row(w, x.Severity, x.State, draw.Duration(a.now().Sub(x.Since)), x.Deployment, x.Variant, x.Name, x.Summary)
		}
	})
}

func (a *app) getEvents(ctx context.Context, s *session, name string, since time.Duration, out format) error {
	list, err := s.reader.Events(ctx, name, a.now().Add(-since))
	if err != nil {
		return err
	}
	if list == nil {
		list = []backends.Event{}
	}
	return out.print(a.out, list, func(w io.Writer) {
		row(w, "TIME", "DEPLOYMENT", "KIND", "STATE", "WHAT", "BY")
		for _, e := range list {
			row(w, e.At.Local().Format(time.TimeOnly), e.Deployment, e.Kind, e.State.String(), e.Text, e.By)
		}
	})
}

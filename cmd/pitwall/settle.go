package main

import (
	"slices"
	"time"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/journal"
	"pitwall/backends/operation"
)

const (
	settleBack  = 7 * 24 * time.Hour // how old an operation may be whose end is still looked for
	settleEvery = 15 * time.Second   // between two looks of a console
)

// settle writes the results of operations whose process ended before it saw
// them, as far as the world shows them now: who reads the journal tomorrow does
// not have to. Other machines' operations are for them to tell.
func (s *session) settle(snap *fleet.Snapshot, now time.Time) {
	if s.journal == nil || len(snap.Sources) == 0 || snap.Sources[0].State != fleet.Live {
		return
	}
	list, err := s.records.Records(now.Add(-settleBack))
	if err != nil {
		return // whoever shows the journal tells that
	}
	host := actor().Host
	list = slices.DeleteFunc(list, func(r journal.Record) bool { return r.Phase == journal.PhaseIntent && r.Host != host })
	world := make([]backends.Deployment, len(snap.Rows))
	for i, r := range snap.Rows {
		world[i] = r.Deployment
	}
	for _, r := range operation.Conclude(list, world, now) {
		if _, err := s.journal.Append(r); err != nil {
			return // the next change tells what is wrong with the journal
		}
	}
}

package probes

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/checklist"
)

// scan is what a scanner found in an image.
type scan struct {
	scanner string
	digest  string    // that was scanned, "" unknown
	at      time.Time // zero unknown
	high    int       // of high or critical severity, of which a fix is known
	unfixed int       // of these severities, without a fix
	others  int
	nothing bool // the scanner looked at nothing
}

// imageScan: the image was scanned, lately, and holds nothing that should have
// been mended. The report that the settings name comes first, then a scanner
// that is on PATH.
func (a *asker) imageScan(ctx context.Context) checklist.Finding {
	if a.Deployment.Backend == "local" {
		return notHere("local replicas run from a file, not from an image")
	}
	const how = "scan it: trivy image -f json IMAGE@DIGEST > report.json, and name the report in the checklist's settings: scan"
	if path := a.Settings.Scan.Report; path != "" {
		if a.Files == nil {
			return unknown("no directory to read %s from", path)
		}
		data, err := fs.ReadFile(a.Files, path)
		if err != nil {
			return next(from(unknown("read the report: %s", err), path), how, "")
		}
		return a.judgeScan(ctx, data, path, how, time.Time{})
	}
	if a.Settings.Scan.Scanner == "none" || a.Scanner == nil {
		return next(unknown("no scan of the image is known"), how, "")
	}
	names := []string{"trivy", "grype"}
	if a.Settings.Scan.Scanner != "" {
		names = []string{a.Settings.Scan.Scanner}
	}
	program := a.Scanner.Find(names...)
	if program == "" {
		return next(unknown("no scanner (%s) is on PATH, and no report is named", strings.Join(names, " or ")), how, "")
	}
	image := byDigest(a.Subject.Image, a.digests(ctx)[0])
	data, err := a.Scanner.Scan(ctx, program, image)
	if err != nil {
		return next(from(unknown("scan %s: %s", image, err), program), how, "")
	}
	return a.judgeScan(ctx, data, program+" "+image, how, a.Now())
}

// digests are those by which the image that runs is known, the one of its
// registry first. An engine has another name for it than a registry has.
func (a *asker) digests(ctx context.Context) []string {
	list := []string{a.Subject.Digest}
	if all, _, why := a.containers(ctx); why == nil {
		if server, ok := serverOf(all); ok && server.Digest != "" {
			list = []string{server.Digest, server.ImageID, a.Subject.Digest}
		}
	}
	return list
}

// byDigest names an image by its digest where there is one.
func byDigest(image, digest string) string {
	name, _, _ := backends.SplitImage(image)
	if digest == "" || name == "" || strings.HasPrefix(image, "sha256:") {
		return image
	}
	return name + "@" + digest
}

func (a *asker) judgeScan(ctx context.Context, data []byte, source, how string, made time.Time) checklist.Finding {
	s, err := parseScan(data)
	if err != nil {
		return next(from(unknown("%s", err), source), how, "")
	}
	if s.at.IsZero() {
		s.at = made
	}
	ours := a.digests(ctx)
	switch {
	case s.digest == "" && made.IsZero():
		return next(from(unknown("the report of %s does not say which digest it is of", s.scanner), source), how, "")
	case s.digest != "" && ours[0] != "" && !slices.Contains(ours, s.digest):
		f := say(checklist.Stale, "the report of %s is of %s, %s runs", s.scanner, checklist.Short(s.digest), checklist.Short(ours[0]))
		return next(from(f, source), how, "")
	case s.at.IsZero():
		return next(from(unknown("the report of %s does not say when it was made", s.scanner), source), how, "")
	case s.at.Sub(a.Now()) > time.Hour:
		return next(from(unknown("the report of %s is dated in the future, %s", s.scanner, s.at.UTC().Format(time.DateOnly)), source), how, "")
	case s.nothing:
		return next(from(unknown("the report of %s says that nothing was scanned", s.scanner), source), how, "")
	}
	until := s.at.Add(time.Duration(a.Settings.Scan.MaxAge))
	f := say(checklist.Pass, "%s found %d high or critical with a fix, %d without, %d others, on %s", s.scanner, s.high, s.unfixed, s.others, s.at.UTC().Format(time.DateOnly))
	f.Value, f.Threshold, f.Source, f.Until = strconv.Itoa(s.high), fmt.Sprintf("≤ %d with a fix", a.Settings.Scan.High), source, until
	switch {
	case a.Now().After(until):
		f.State = checklist.Stale
		return next(f, how, "")
	case s.high > a.Settings.Scan.High:
		f.State = checklist.Fail
		return next(f, "update what has a fix, and build the image anew", "")
	case s.unfixed > 0:
		f.State = checklist.Warn
	}
	return f
}

// parseScan reads what trivy or grype write as JSON, or SARIF.
func parseScan(data []byte) (scan, error) {
	var kind struct {
		SchemaVersion int             `json:"SchemaVersion"`
		Results       json.RawMessage `json:"Results"`
		Matches       json.RawMessage `json:"matches"`
		Descriptor    json.RawMessage `json:"descriptor"`
		Runs          json.RawMessage `json:"runs"`
	}
	if err := json.Unmarshal(data, &kind); err != nil {
		return scan{}, fmt.Errorf("the report is no JSON: %w", err)
	}
	switch {
	case kind.Runs != nil:
		return parseSARIF(data)
	case kind.Matches != nil && kind.Descriptor != nil:
		return parseGrype(data)
	case kind.SchemaVersion > 0:
		return parseTrivy(data)
	}
	return scan{}, fmt.Errorf("the report is none of trivy, grype or SARIF")
}

func (s *scan) count(severity string, fixable bool) {
	switch strings.ToLower(severity) {
	case "critical", "high":
		if fixable {
			s.high++
		} else {
			s.unfixed++
		}
	default:
		s.others++
	}
}

// digestIn is the digest in name@sha256:…, or the text itself when it is one.
func digestIn(names ...string) string {
	for _, name := range names {
		if i := strings.Index(name, "sha256:"); i >= 0 && len(name[i:]) == len("sha256:")+64 {
			return name[i:]
		}
	}
	return ""
}

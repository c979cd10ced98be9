package probes

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// The parts of the reports that are read. Their forms are those of trivy's
// pkg/types/report.go (SchemaVersion 2), grype's presenter/models/document.go
// and SARIF 2.1.0.

func parseTrivy(data []byte) (scan, error) {
	var r struct {
		CreatedAt    time.Time
		ArtifactName string
		Metadata     struct{ RepoDigests []string }
		Results      []struct {
			Vulnerabilities []struct{ Severity, FixedVersion string }
		}
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return scan{}, fmt.Errorf("the report of trivy cannot be read: %w", err)
	}
	s := scan{scanner: "trivy", at: r.CreatedAt, digest: digestIn(append(r.Metadata.RepoDigests, r.ArtifactName)...)}
	s.nothing = len(r.Results) == 0
	for _, result := range r.Results {
		for _, v := range result.Vulnerabilities {
			s.count(v.Severity, v.FixedVersion != "")
		}
	}
	return s, nil
}

func parseGrype(data []byte) (scan, error) {
	var r struct {
		Matches []struct {
			Vulnerability struct {
				Severity string
				Fix      struct{ State string }
			}
		}
		Source struct {
			Target json.RawMessage
		}
		Descriptor struct{ Timestamp time.Time }
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return scan{}, fmt.Errorf("the report of grype cannot be read: %w", err)
	}
	var target struct {
		UserInput, ManifestDigest string
		RepoDigests               []string
	}
	_ = json.Unmarshal(r.Source.Target, &target) // a text where no image was scanned
	s := scan{scanner: "grype", at: r.Descriptor.Timestamp, digest: digestIn(append(target.RepoDigests, target.UserInput, target.ManifestDigest)...)}
	for _, m := range r.Matches {
		s.count(m.Vulnerability.Severity, m.Vulnerability.Fix.State == "fixed")
	}
	return s, nil
}

// parseSARIF reads the severities by the rules' security-severity, a CVSS score
// of which 7 and more is high. SARIF does not say what has a fix: all of them
// count as fixable.
func parseSARIF(data []byte) (scan, error) {
	var r struct {
		Runs []struct {
			Tool struct {
				Driver struct {
					Name  string
					Rules []struct {
						ID         string
						Properties struct {
							Severity string `json:"security-severity"`
						}
					}
				}
			}
			Results []struct {
				RuleID, Level string
				RuleIndex     *int
			}
			Invocations []struct{ EndTimeUTC time.Time }
			Properties  struct {
				ImageName, ImageID, ImageDigest string
				RepoDigests                     []string
			}
		}
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return scan{}, fmt.Errorf("the SARIF report cannot be read: %w", err)
	}
	if len(r.Runs) == 0 {
		return scan{}, fmt.Errorf("the SARIF report has no run")
	}
	var s scan
	for _, run := range r.Runs {
		s.scanner = run.Tool.Driver.Name
		s.digest = digestIn(append(run.Properties.RepoDigests, run.Properties.ImageDigest, run.Properties.ImageName, s.digest)...)
		for _, i := range run.Invocations {
			s.at = i.EndTimeUTC
		}
		severe := map[string]bool{}
		for _, rule := range run.Tool.Driver.Rules {
			score, err := strconv.ParseFloat(rule.Properties.Severity, 64)
			if err == nil {
				severe[rule.ID] = score >= 7
			}
		}
		for _, result := range run.Results {
			severity, id := "low", result.RuleID
			if i := result.RuleIndex; id == "" && i != nil && *i >= 0 && *i < len(run.Tool.Driver.Rules) {
				id = run.Tool.Driver.Rules[*i].ID
			}
			if rated, ok := severe[id]; rated || !ok && (result.Level == "error" || id == "") {
				severity = "high"
			}
			s.count(severity, true)
		}
	}
	return s, nil
}

package mlflow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Deployed is a variant that serves a model.
type Deployed struct {
	Deployment, Variant string
	Version             string // as the deployment calls it: a number, or what TagVersion of a version says
	SHA256              string // of its model file, "" when not known: an image's digest is none
}

func (d Deployed) String() string { return d.Deployment + " " + d.Variant }

// Mismatch is a kind of disagreement between a registry and what is deployed.
type Mismatch string

// The kinds of mismatch.
const (
	NotRolledOut Mismatch = "alias moved, not rolled out" // the alias points to a newer version than its variant serves, or one that nobody serves
	NotAliased   Mismatch = "rolled out, not aliased"     // a variant serves a newer version than its alias says
	DanglingTo   Mismatch = "dangling alias"              // the alias points to a deleted version, or to none
	Unregistered Mismatch = "not in the registry"         // a variant serves what the registry does not know
)

// Finding is one mismatch.
type Finding struct {
	Kind    Mismatch
	Alias   string // "" of Unregistered
	Version string // the version in the registry that it is about, "" when there is none
	Where   []Deployed
	Text    string // one sentence; holds foreign names
}

// Serving is a registered model beside what is deployed of it.
type Serving struct {
	By       map[string][]Deployed // version number to the variants that serve it
	Findings []Finding             // in the order of the constants
}

// roles are the aliases that say which variants should serve a version.
var roles = []struct{ alias, variant string }{{Champion, "A"}, {Challenger, "B"}}

// ServingOf compares a model and its versions with the variants that are
// deployed under its name. No variant at all is no mismatch: the model may be
// served elsewhere.
func ServingOf(m Model, versions []Version, deployed []Deployed) Serving {
	s := Serving{By: map[string][]Deployed{}}
	var unknown []Deployed
	for _, d := range deployed {
		if v, found := Registered(versions, d); found {
			s.By[v.Number] = append(s.By[v.Number], d)
		} else {
			unknown = append(unknown, d)
		}
	}
	dangling := Dangling(m, versions)
	for _, role := range roles {
		of := m.Aliases[role.alias]
		if of == "" || len(deployed) == 0 || slices.ContainsFunc(dangling, func(a Alias) bool { return a.Name == role.alias }) {
			continue
		}
		if f, found := s.disagrees(role.alias, of, role.variant, deployed); found {
			s.Findings = append(s.Findings, f)
		}
	}
	for _, a := range dangling {
		text := fmt.Sprintf("alias %s points to version %s, which was deleted: move or remove it", a.Name, a.Version)
		if a.Version == "" {
			text = NamesNone(a)
		}
		s.Findings = append(s.Findings, Finding{Kind: DanglingTo, Alias: a.Name, Version: a.Version, Text: text})
	}
	for _, d := range unknown {
		s.Findings = append(s.Findings, Finding{Kind: Unregistered, Where: []Deployed{d},
			Text: fmt.Sprintf("%s serves %s, which the registry does not know: register it", d, cmp.Or(d.Version, "a version without a name"))})
	}
	order := []Mismatch{NotRolledOut, NotAliased, DanglingTo, Unregistered}
	slices.SortStableFunc(s.Findings, func(a, b Finding) int { return slices.Index(order, a.Kind) - slices.Index(order, b.Kind) })
	return s
}

// NamesNone is the sentence about an alias without a version, as an empty file of
// a directory makes one.
func NamesNone(a Alias) string {
	return fmt.Sprintf("alias %s names no version: move or remove it", a.Name)
}

// disagrees compares the version of an alias with what its variant serves. The
// newer of the two tells which side was moved; a version that is served by
// another variant while its own is absent was promoted.
func (s Serving) disagrees(alias, of, variant string, deployed []Deployed) (Finding, bool) {
	for number, at := range s.By {
		i := slices.IndexFunc(at, func(d Deployed) bool { return d.Variant == variant })
		switch {
		case i < 0:
		case number == of:
			return Finding{}, false
		case compareNumbers(number, of) > 0:
			return Finding{Kind: NotAliased, Alias: alias, Version: number, Where: at[i : i+1],
				Text: fmt.Sprintf("%s serves version %s, and %s is version %s: move the alias, or roll back", at[i], number, alias, of)}, true
		default:
			return Finding{Kind: NotRolledOut, Alias: alias, Version: of, Where: at[i : i+1],
				Text: fmt.Sprintf("%s is version %s, and %s serves version %s: roll it out, or move the alias back", alias, of, at[i], number)}, true
		}
	}
	if len(s.By[of]) > 0 {
		return Finding{}, false
	}
	return Finding{Kind: NotRolledOut, Alias: alias, Version: of, Where: deployed,
		Text: fmt.Sprintf("%s is version %s, and no variant serves it: roll it out, or move the alias back", alias, of)}, true
}

// Registered finds the version that a variant serves: by the digest of its file,
// by the name that deployments call it, or by its number, also as v3. A version
// whose file is known to be another one is not it, whatever its name.
func Registered(versions []Version, d Deployed) (Version, bool) {
	versions = slices.DeleteFunc(slices.Clone(versions), func(v Version) bool {
		file := v.Tags[TagSHA256]
		return d.SHA256 != "" && file != "" && file != d.SHA256
	})
	for _, fits := range []func(Version) bool{
		func(v Version) bool { return d.SHA256 != "" && v.Tags[TagSHA256] == d.SHA256 },
		func(v Version) bool { return d.Version != "" && v.Tags[TagVersion] == d.Version },
		func(v Version) bool {
			return d.Version != "" && v.Tags[TagVersion] == "" && v.Number == strings.TrimPrefix(d.Version, "v")
		},
	} {
		if i := slices.IndexFunc(versions, fits); i >= 0 {
			return versions[i], true
		}
	}
	return Version{}, false
}

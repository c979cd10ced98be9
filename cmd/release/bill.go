package main

import (
	"bytes"
	"cmp"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"strings"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
)

// billOf is the bill of materials of a built binary as CycloneDX JSON: what its
// linker has written into it, not what a module file asks for. The same binary
// has the same bill.
func billOf(binary, version string) ([]byte, error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return nil, fmt.Errorf("read what is in %s: %w", binary, err)
	}
	sum, err := sha256Of(binary)
	if err != nil {
		return nil, err
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	bom := cyclonedx.NewBOM()
	main := cyclonedx.Component{BOMRef: info.Main.Path, Type: cyclonedx.ComponentTypeApplication, Name: info.Main.Path, Version: version,
		Hashes: &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: sum}}, Properties: properties(binary, info, settings)}
	bom.Metadata = &cyclonedx.Metadata{Timestamp: settings["vcs.time"], Component: &main}
	components := []cyclonedx.Component{library("std", strings.TrimPrefix(info.GoVersion, "go"), "")}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		c := library(m.Path, m.Version, m.Sum)
		if c.Hashes == nil && m.Sum != "" {
			return nil, fmt.Errorf("%s: the sum of %s is not one that is known: %q", binary, m.Path, m.Sum)
		}
		components = append(components, c)
	}
	var refs []string
	for _, c := range components {
		refs = append(refs, c.BOMRef)
	}
	bom.Components, bom.Dependencies = &components, &[]cyclonedx.Dependency{{Ref: main.BOMRef, Dependencies: &refs}}
	var out bytes.Buffer
	if err := cyclonedx.NewBOMEncoder(&out, cyclonedx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cyclonedx.SpecVersion1_6); err != nil {
		return nil, fmt.Errorf("write the bill of %s: %w", binary, err)
	}
	return out.Bytes(), nil
}

// library is a module. Its sum is a hash of the hashes of its files (golang.org/x/mod/sumdb/dirhash), a SHA-256.
func library(path, version, sum string) cyclonedx.Component {
	purl := "pkg:golang/" + path + "@" + version
	c := cyclonedx.Component{BOMRef: purl, Type: cyclonedx.ComponentTypeLibrary, Name: path, Version: version, PackageURL: purl, Scope: cyclonedx.ScopeRequired}
	if hash, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(sum, "h1:")); err == nil && strings.HasPrefix(sum, "h1:") {
		c.Hashes = &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: hex.EncodeToString(hash)}}
	}
	return c
}

// properties are how a binary was built.
func properties(binary string, info *debug.BuildInfo, settings map[string]string) *[]cyclonedx.Property {
	list := []cyclonedx.Property{{Name: "file", Value: filepath.Base(binary)}, {Name: "go", Value: info.GoVersion}}
	for _, key := range []string{"GOOS", "GOARCH", "CGO_ENABLED", "-trimpath", "vcs.revision", "vcs.modified"} {
		list = append(list, cyclonedx.Property{Name: "build:" + strings.TrimPrefix(key, "-"), Value: cmp.Or(settings[key], "unknown")})
	}
	return &list
}

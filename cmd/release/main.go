// Command release writes beside the binaries in a directory what a release has
// of them: NAME.cdx.json, a bill of materials of what is really compiled in,
// and SHA256SUMS of everything. `make release` runs it.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	err := errors.New("usage: release DIR VERSION")
	if len(os.Args) == 3 {
		err = release(os.Args[1], os.Args[2])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

const (
	sumsFile  = "SHA256SUMS"
	bomSuffix = ".cdx.json"
)

// release describes every binary of a directory. What an earlier run wrote is
// written anew.
func release(dir, version string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var sums []string
	for _, e := range entries {
		if e.Name() == sumsFile || strings.HasSuffix(e.Name(), bomSuffix) {
			continue
		}
		binary := filepath.Join(dir, e.Name())
		bom, err := billOf(binary, version)
		if err != nil {
			return err
		}
		beside := strings.TrimSuffix(binary, ".exe") + bomSuffix
		if err := os.WriteFile(beside, bom, 0o644); err != nil {
			return err
		}
		for _, path := range []string{binary, beside} {
			sum, err := sha256Of(path)
			if err != nil {
				return err
			}
			sums = append(sums, sum+"  "+filepath.Base(path)) // as sha256sum -c reads it
		}
	}
	if sums == nil {
		return fmt.Errorf("%s has no binaries: `make release` builds them", dir)
	}
	slices.SortFunc(sums, func(a, b string) int { return strings.Compare(a[2*sha256.Size:], b[2*sha256.Size:]) })
	return os.WriteFile(filepath.Join(dir, sumsFile), []byte(strings.Join(sums, "\n")+"\n"), 0o644)
}

// sha256Of is the hash of a file in hexadecimal.
func sha256Of(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

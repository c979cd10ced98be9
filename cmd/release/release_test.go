package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
)

// released describes this test's own binary, which go test has built.
func released(t *testing.T) (dir string, bom *cyclonedx.BOM) {
	t.Helper()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	data, err := os.ReadFile(own)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pitwall-v1-windows-amd64.exe"), data, 0o755); err != nil {
		t.Fatal(err)
	}
	for range 2 { // what the first run wrote is no binary to the second
		if err := release(dir, "v1"); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "pitwall-v1-windows-amd64.cdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	bom = new(cyclonedx.BOM)
	if err := cyclonedx.NewBOMDecoder(bytes.NewReader(text), cyclonedx.BOMFileFormatJSON).Decode(bom); err != nil {
		t.Fatal(err)
	}
	return dir, bom
}

func TestBillListsWhatIsCompiledIn(t *testing.T) {
	dir, bom := released(t)
	sum, err := sha256Of(filepath.Join(dir, "pitwall-v1-windows-amd64.exe"))
	if err != nil {
		t.Fatal(err)
	}
	main := bom.Metadata.Component
	if main.Name != "pitwall" || main.Version != "v1" || (*main.Hashes)[0].Value != sum {
		t.Errorf("the program is %+v", main)
	}
	found := map[string]cyclonedx.Component{}
	hash := regexp.MustCompile(`^[0-9a-f]{64}$`)
	for _, c := range *bom.Components {
		found[c.Name] = c
		if c.Name != "std" && (c.Hashes == nil || !hash.MatchString((*c.Hashes)[0].Value)) {
			t.Errorf("%s has no hash", c.Name)
		}
		if c.PackageURL != "pkg:golang/"+c.Name+"@"+c.Version || c.Version == "" {
			t.Errorf("%s is %q", c.Name, c.PackageURL)
		}
	}
	if c, ok := found["github.com/CycloneDX/cyclonedx-go"]; !ok || !strings.HasPrefix(c.Version, "v") {
		t.Error("what this test is made from is not in its bill")
	}
	if "go"+found["std"].Version != runtime.Version() {
		t.Errorf("the standard library is %q", found["std"].Version)
	}
	if _, ok := found["k8s.io/client-go"]; ok {
		t.Error("the bill has what the module file names and this binary has not")
	}
}

func TestSumsAreThoseOfTheFiles(t *testing.T) {
	dir, _ := released(t)
	text, err := os.ReadFile(filepath.Join(dir, sumsFile))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 2 {
		t.Fatalf("sums of other files:\n%s", text)
	}
	for _, line := range lines {
		want, name, _ := strings.Cut(line, "  ")
		if got, err := sha256Of(filepath.Join(dir, name)); err != nil || got != want {
			t.Errorf("%s: %v, %s", line, err, got)
		}
	}
}

func TestNothingToReleaseIsAnError(t *testing.T) {
	if err := release(t.TempDir(), "v1"); err == nil || !strings.Contains(err.Error(), "no binaries") {
		t.Error(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := release(dir, "v1"); err == nil || !strings.Contains(err.Error(), "notes.txt") {
		t.Error(err)
	}
}

// Every package that the binary is made from has files for every platform that
// is released. That they compile is for make release: it takes minutes.
func TestEveryPlatformHasItsFiles(t *testing.T) {
	for _, platform := range []string{"linux", "darwin", "windows"} {
		for _, arch := range []string{"amd64", "arm64"} {
			cmd := exec.Command("go", "list", "-deps", "-e", "-f", "{{if or .Error .DepsErrors}}{{.ImportPath}}: {{.Error}}{{end}}", "pitwall/cmd/pitwall")
			cmd.Env = append(os.Environ(), "GOOS="+platform, "GOARCH="+arch, "CGO_ENABLED=0")
			out, err := cmd.Output()
			if text := strings.TrimSpace(string(out)); err != nil || text != "" {
				t.Errorf("%s/%s: %v: %s", platform, arch, err, text)
			}
		}
	}
}

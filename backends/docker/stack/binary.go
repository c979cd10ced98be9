package stack

import (
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"pitwall/backends/docker/engine"
)

// BinaryError says that an executable cannot run alone in a container.
type BinaryError struct{ Path, Why string }

func (e *BinaryError) Error() string {
	return fmt.Sprintf("%s cannot run in a container of this engine: %s: `make build` in pitwall's source makes one that can (bin/pitwall); start that one",
		e.Path, e.Why)
}

// binary is the executable that the images are built from.
type binary struct {
	path   string
	size   int64  // bytes
	digest string // sha256, hex
}

// machines are the ELF machines by the engine's names of architectures.
var machines = map[string]elf.Machine{
	"amd64": elf.EM_X86_64, "386": elf.EM_386, "arm64": elf.EM_AARCH64, "arm": elf.EM_ARM,
	"riscv64": elf.EM_RISCV, "ppc64le": elf.EM_PPC64, "s390x": elf.EM_S390, "loong64": elf.EM_LOONGARCH,
}

// readBinary checks that an executable is static, for Linux, and of the
// engine's architecture, and takes its digest. Errors: *BinaryError.
func readBinary(path string, info engine.Info) (binary, error) {
	if info.OS != "linux" {
		return binary{}, fmt.Errorf("the engine runs %s containers and pitwall's are Linux ones: use another engine (--backend docker://HOST)", info.OS)
	}
	f, err := os.Open(path)
	if err != nil {
		return binary{}, fmt.Errorf("read the pitwall binary: %w", err)
	}
	defer f.Close()
	if why := unfit(f, info.Arch); why != "" {
		return binary{}, &BinaryError{Path: path, Why: why}
	}
	sum := sha256.New()
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return binary{}, fmt.Errorf("read the pitwall binary: %w", err)
	}
	size, err := io.Copy(sum, f)
	if err != nil {
		return binary{}, fmt.Errorf("read the pitwall binary: %w", err)
	}
	return binary{path: path, size: size, digest: hex.EncodeToString(sum.Sum(nil))}, nil
}

// unfit tells why an executable cannot run alone on Linux, "" when it can.
func unfit(r io.ReaderAt, arch string) string {
	f, err := elf.NewFile(r)
	if err != nil {
		return "it is no Linux executable"
	}
	interpreter := slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
	want, known := machines[arch]
	switch {
	case f.OSABI != elf.ELFOSABI_NONE && f.OSABI != elf.ELFOSABI_LINUX:
		return "it is an executable for " + strings.TrimPrefix(f.OSABI.String(), "ELFOSABI_")
	case f.Type != elf.ET_EXEC && f.Type != elf.ET_DYN:
		return "it is no executable"
	case interpreter:
		return "it needs shared libraries, which an image from scratch has not"
	case !known || f.Machine != want:
		return fmt.Sprintf("it is for %s and the engine's machine is %s", strings.TrimPrefix(f.Machine.String(), "EM_"), arch)
	}
	return ""
}

// file is the executable as a file of an image. It is not held in memory.
func (b binary) file() engine.File {
	return engine.File{Mode: 0o755, Size: b.size, Open: func() (io.ReadCloser, error) { return os.Open(b.path) }}
}

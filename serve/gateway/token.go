package gateway

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// minToken is the least length of an admin token, in bytes.
const minToken = 16

// ReadToken reads the admin token. It refuses a file that others than its
// owner may read or write.
func ReadToken(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("read the admin token: %w", err)
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("read the admin token: %s has mode %v, others may use it: chmod 600 it", path, info.Mode())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the admin token: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if len(token) < minToken || !validToken(token) {
		return "", fmt.Errorf("read the admin token: %s holds no token of at least %d plain characters", path, minToken)
	}
	return token, nil
}

// createToken makes the file with a random token, readable by its owner only.
// A file that exists is left as it is. The token is never printed.
func createToken(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("create the admin token: %w", err)
	}
	_, err = f.WriteString(rand.Text() + "\n") // 130 bits
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("create the admin token: %w", err), os.Remove(path))
	}
	return nil
}

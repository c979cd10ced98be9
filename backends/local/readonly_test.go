package local_test

import (
	"testing"

	"pitwall/backends"
	"pitwall/backends/local"
)

// TestReadOnly: what Attach gives cannot change anything, whatever is asked of it.
func TestReadOnly(t *testing.T) {
	b, err := local.Attach(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if _, can := any(b).(backends.Changer); can {
		t.Error("a reading backend is a Changer")
	}
	if _, can := any(b).(backends.Practicer); can {
		t.Error("a reading backend is a Practicer")
	}
	if _, can := any(b.Mutable()).(backends.Changer); !can {
		t.Error("a mutable backend is no Changer")
	}
}

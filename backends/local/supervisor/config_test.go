package supervisor

import (
	"net"
	"strings"
	"testing"
)

func TestListenAddress(t *testing.T) {
	taken := takenAddress(t)
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	unused := other.Addr().String()
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	const zero = "127.0.0.1:0"
	tests := map[string]struct{ asked, last, preferred, want, note, err string }{
		"asked for":                  {unused, taken, taken, unused, "", ""},
		"asked for and taken":        {taken, unused, unused, "", "", "choose another port"},
		"any port, first time":       {zero, "", taken, zero, "", ""},
		"any port, as last time":     {zero, unused, taken, unused, "", ""},
		"any port, last one taken":   {zero, taken, unused, zero, "", ""},
		"as last time":               {"", unused, taken, unused, "", ""},
		"last one taken":             {"", taken, unused, unused, "listens on another port", ""},
		"preferred taken":            {"", "", taken, zero, "listens on another port", ""},
		"nothing asked, first start": {"", "", unused, unused, "", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			addr, note, err := listenAddress("model-api", test.asked, test.last, test.preferred)
			if addr != test.want || !strings.Contains(note, test.note) || (note == "") != (test.note == "") {
				t.Errorf("got %q with note %q", addr, note)
			}
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("error %v, want %q", err, test.err)
			}
		})
	}
}

func takenAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

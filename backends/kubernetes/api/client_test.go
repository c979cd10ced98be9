package api

import "testing"

func TestAServerOfThisMachineIsLocal(t *testing.T) {
	for host, want := range map[string]bool{
		"https://127.0.0.1:6443":        true,
		"https://localhost:6443":        true,
		"https://[::1]:6443/prefix":     true,
		"127.0.0.1:8001":                true,
		"https://10.0.0.1":              false,
		"https://localhost.example.com": false,
		"https://api.example.com:6443":  false,
		"https://[broken":               false,
	} {
		if got := local(host); got != want {
			t.Errorf("local(%q) = %v, want %v", host, got, want)
		}
	}
}

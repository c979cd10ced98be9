package loopback

import "testing"

func TestNamed(t *testing.T) {
	for header, want := range map[string]bool{
		"localhost": true, "LocalHost:7480": true, "127.0.0.1": true, "127.8.8.8:1": true, "[::1]": true, "[::1]:7480": true,
		"": false, ":7480": false, "0.0.0.0:1": false, "[::]:1": false, "10.0.0.1": false, "rebound.example:7480": false,
		"localhost.rebound.example": false, "127.0.0.1.rebound.example:80": false, "127.1": false,
	} {
		if got := Named(header); got != want {
			t.Errorf("Named(%q) is %v", header, got)
		}
	}
}

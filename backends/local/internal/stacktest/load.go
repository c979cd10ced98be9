package stacktest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"pitwall/testdata"
)

// Sender sends POST requests of many users over kept-alive connections. It is
// safe for concurrent use.
type Sender struct {
	url    string
	rows   []json.RawMessage
	client *http.Client
	n      atomic.Int64
}

// pause leaves the two cores time for what is tested.
const pause = 2 * time.Millisecond

// NewSender makes a sender to model-api's front door.
func NewSender(t testing.TB, address string) *Sender {
	t.Helper()
	text, err := testdata.Models.ReadFile("models/bc.json")
	if err != nil {
		t.Fatal(err)
	}
	var data struct {
		X []json.RawMessage
	}
	if err := json.Unmarshal(text, &data); err != nil {
		t.Fatal(err)
	}
	s := &Sender{url: address + "/predict", rows: data.X, client: &http.Client{Transport: &http.Transport{}, Timeout: 20 * time.Second}}
	t.Cleanup(s.client.CloseIdleConnections)
	return s
}

// Send sends one request and fails unless it was answered 200.
func (s *Sender) Send() error {
	time.Sleep(pause)
	n := int(s.n.Add(1))
	body := fmt.Sprintf(`{"features":%s}`, s.rows[n%len(s.rows)])
	req, err := http.NewRequest(http.MethodPost, s.url, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-User-Id", "user-"+strconv.Itoa(n))
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d by variant %q: %s", resp.StatusCode, resp.Header.Get("X-Pitwall-Variant"), answer)
	}
	return err
}

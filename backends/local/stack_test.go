package local_test

import (
	"testing"

	"pitwall/backends/local/internal/stacktest"
)

func TestMain(m *testing.M) { stacktest.Main(m) }

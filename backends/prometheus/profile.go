package prometheus

// Profile tells what a serving system calls its metrics.
type Profile struct{ Name string }

// Pitwall is the profile of pitwall's own gateway and serving binary.
func Pitwall() Profile { return Profile{Name: "pitwall"} }

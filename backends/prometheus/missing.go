package prometheus

// The reasons why a signal stays missing, as a screen shows them.
const (
	noSeries  = "this server has no such series"
	noBuckets = "this server has no quantiles, only a mean"
	noModel   = "this server does not tell it by model"
)

// Missing is the reason why a panel of this server stays empty for good, ""
// when the server has its series. A latency without quantiles counts as
// missing, though a mean may be there.
func (p Profile) Missing(panel Panel) string {
	switch {
	case p.has(panel):
		return ""
	case panel == Latency && len(p.Latency) > 0:
		return noBuckets
	case p.dropped[panel]:
		return noModel
	default:
		return noSeries
	}
}

// Caveat is what the figures of a panel leave out or mix together, "" when they
// are what they seem to be.
func (p Profile) Caveat(panel Panel) string { return p.Caveats[panel] }

func (p Profile) has(panel Panel) bool {
	switch panel {
	case Latency:
		for _, source := range p.Latency {
			if source.quantiles() {
				return true
			}
		}
		return false
	case Errors:
		return !p.Errors.absent()
	case Throughput:
		return len(p.Requests) > 0
	case Drift:
		return !p.FeatureDrift.absent() || !p.PredictionDrift.absent()
	case Memory:
		return !p.Memory.absent()
	case CPU:
		return !p.CPU.absent()
	case InFlight:
		return !p.InFlight.absent()
	default:
		return false
	}
}

// Missing is Profile.Missing of the client's profile.
func (c *Client) Missing(panel Panel) string { return c.profile.Missing(panel) }

// Caveat is Profile.Caveat of the client's profile.
func (c *Client) Caveat(panel Panel) string { return c.profile.Caveat(panel) }

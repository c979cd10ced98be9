package prometheus

import (
	"fmt"
	"strings"

	"github.com/prometheus/common/model"
)

// customPrefix begins the names of the profiles MLServerCustom.
const customPrefix = "mlserver-custom:"

// Profiles are all profiles there are, in the order in which Detect tries them:
// pitwall's own gateway first, because it measures what users feel whatever
// serves behind it; servers that export the metrics of another one besides
// their own before that one. The metric of MLServerCustom is a placeholder.
func Profiles() []Profile {
	return []Profile{
		Pitwall(), PitwallServe(), Triton(), KServe(), MLServer(), MLServerCustom("METRIC"), BentoML(),
		TorchServe(), VLLM(), SeldonV2(), SeldonV1(), FastAPI(),
	}
}

// UnknownProfileError says that no profile has a name.
type UnknownProfileError struct {
	Name  string
	Known []string // the names there are
}

func (e *UnknownProfileError) Error() string {
	return fmt.Sprintf("no profile %q of a serving system: there are %s", e.Name, strings.Join(e.Known, ", "))
}

// ProfileNamed finds a profile by its name, as in Profile.Name; that of
// MLServerCustom is "mlserver-custom:" and the metric. The error is an
// *UnknownProfileError.
func ProfileNamed(name string) (Profile, error) {
	if metric, custom := strings.CutPrefix(name, customPrefix); custom && model.LegacyValidation.IsValidMetricName(metric) {
		return MLServerCustom(metric), nil
	}
	unknown := &UnknownProfileError{Name: name}
	for _, p := range Profiles() {
		if p.Name == name {
			return p, nil
		}
		unknown.Known = append(unknown.Known, p.Name)
	}
	return Profile{}, unknown
}

package setup

import (
	"fmt"
	"strings"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"pitwall/backends/internal/mask"
)

// defaultPeriod is the API's, of a probe that names none.
const defaultPeriod = 10

// asked says what a kubelet asks a container, "" for nothing. What looks like a
// secret in it is masked.
func asked(p *core.Probe, c core.Container) string {
	if p == nil {
		return ""
	}
	text := ""
	switch h := p.ProbeHandler; {
	case h.HTTPGet != nil:
		text = "GET " + httpAsked(h.HTTPGet, c)
	case h.TCPSocket != nil:
		text = "TCP " + h.TCPSocket.Host + ":" + port(h.TCPSocket.Port, c)
	case h.GRPC != nil:
		text = fmt.Sprintf("gRPC :%d", h.GRPC.Port)
		if h.GRPC.Service != nil && *h.GRPC.Service != "" {
			text += " " + *h.GRPC.Service
		}
	case h.Exec != nil:
		text = strings.Join(mask.Args(h.Exec.Command), " ")
	default:
		return ""
	}
	every := int64(p.PeriodSeconds)
	if every == 0 {
		every = defaultPeriod
	}
	return fmt.Sprintf("%s every %v", text, time.Duration(every)*time.Second)
}

func httpAsked(h *core.HTTPGetAction, c core.Container) string {
	path := mask.Text(h.Path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	text := h.Host + ":" + port(h.Port, c) + path
	if h.Scheme == core.URISchemeHTTPS {
		text = "https://" + text
	}
	return text
}

// port is the number of a port that may be given by its name.
func port(p intstr.IntOrString, c core.Container) string {
	for _, have := range c.Ports {
		if p.Type == intstr.String && have.Name == p.StrVal {
			return fmt.Sprint(have.ContainerPort)
		}
	}
	return p.String()
}

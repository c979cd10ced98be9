package kubernetes

import (
	"context"
	"fmt"
	"sync"

	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"pitwall/backends"
)

// nowhere remembers which of the namespaces that were named are not there: a
// listing of one that does not exist is as empty as that of one that holds
// nothing. It is safe for concurrent use.
type nowhere struct {
	mu    sync.Mutex
	asked bool
	err   error
}

// check asks once, when there is nothing to show. Who may not read a Namespace
// is told nothing.
func (n *nowhere) check(ctx context.Context, b *Backend, list []backends.Deployment) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(list) > 0 || b.client.All() {
		n.asked, n.err = true, nil
		return nil
	}
	if n.asked {
		return n.err
	}
	for _, name := range b.client.Namespaces {
		var space core.Namespace
		err := b.client.Get(ctx, core.SchemeGroupVersion.WithResource("namespaces"), "", name, &space)
		if apierrors.IsNotFound(err) {
			n.err = fmt.Errorf("there is no namespace %q in context %s: name another one with --backend k8s://CONTEXT/NAMESPACE", name, b.client.Context)
		}
	}
	n.asked = ctx.Err() == nil
	return n.err
}

package owner

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
)

const (
	trackingAnnotation     = "argocd.argoproj.io/tracking-id"
	installationAnnotation = "argocd.argoproj.io/installation-id"
	argoLabel              = "argocd.argoproj.io/instance" // label mode, with a label of its own
	instanceLabel          = "app.kubernetes.io/instance"  // label mode; nearly every Helm chart writes it too
	managedByLabel         = "app.kubernetes.io/managed-by"
)

// argoManagers are the names that Argo CD writes under.
var argoManagers = []string{"argocd-controller", "argocd-application-controller"}

// Applications are what Argo CD keeps in the cluster that it runs in.
var Applications = schema.GroupVersionResource{Group: "argoproj.io", Version: "v1alpha1", Resource: "applications"}

// argo finds the Application that an object belongs to. By default Argo CD
// names it with the object in an annotation; in label mode a label holds its
// name, and nothing says which object was meant. The label that charts write too
// counts for nothing where there is no Argo CD: one that runs in another cluster
// is known by its writes.
func argo(o object) []Owner {
	wrote := o.wrote(false, argoManagers...)
	found := Owner{Kind: ArgoCD, What: "Application", Sure: true, Evidence: wrote, strength: byManager}
	value, tracked := o.Annotations[trackingAnnotation]
	app, is := tracking(value, o)
	switch own, instance := o.Labels[argoLabel], o.Labels[instanceLabel]; {
	case tracked && is:
		found.Namespace, found.Name = splitApp(app)
		found.strength = byTracking
		found.Evidence = append([]string{annotation(trackingAnnotation, value)}, wrote...)
		if id := o.Annotations[installationAnnotation]; id != "" {
			found.Evidence = append(found.Evidence, annotation(installationAnnotation, id))
		}
	case tracked && len(wrote) == 0:
		return nil // a copy of what Argo CD owns
	case !tracked && own != "":
		found.Name, found.Evidence = own, append([]string{label(argoLabel, own)}, wrote...)
		if len(wrote) == 0 {
			found.strength, found.Sure = byLabel, false
		}
	case !tracked && instance != "" && len(wrote) > 0:
		found.Name, found.Evidence = instance, append(wrote, label(instanceLabel, instance))
	case !tracked && instance != "" && o.Annotations[installationAnnotation] != "":
		found.Name, found.Sure, found.strength = instance, false, byLabel
		found.Evidence = []string{label(instanceLabel, instance) + " (Helm charts write it too)", annotation(installationAnnotation, o.Annotations[installationAnnotation])}
	case !tracked && instance != "" && !o.in.NoArgoCD && len(helm(o)) == 0 && o.Labels[fluxHelmLabel] == "" && o.Labels[fluxKustLabel] == "" && o.Labels[managedByLabel] == "":
		found.Name, found.Sure, found.strength = instance, false, byLabel
		found.Evidence = []string{label(instanceLabel, instance) + " (only if Argo CD tracks by label; Helm charts write it too)"}
	case len(wrote) == 0:
		return nil
	}
	return []Owner{found.argoManners(o)}
}

func (found Owner) argoManners(o object) Owner {
	app := "the Application that owns it"
	if found.Name != "" {
		app = "the Application " + found.Name
	}
	found.Reverts = "with selfHeal 5 s after it sees the edit; without it at its next sync (it looks every 120-180 s, and syncs a new commit)"
	found.Pause = "set spec.syncPolicy.automated.enabled: false (or selfHeal: false) on " + app + "; its ApplicationSet or parent application may set it back"
	found.Coexist = snippet(map[string]any{"spec": map[string]any{
		"ignoreDifferences": []any{present(map[string]any{"group": o.kind.Group, "kind": o.kind.Kind, "name": o.Name, "namespace": o.Namespace, "managedFieldsManagers": []any{api.Manager}})},
		"syncPolicy":        map[string]any{"syncOptions": []any{"RespectIgnoreDifferences=true"}}}})
	found.HandBack = "sync " + app
	if found.Name != "" {
		name := found.Name
		if found.Namespace != "" {
			name = found.Namespace + "/" + name
		}
		found.HandBack = fmt.Sprintf("argocd app sync %s --resource %s", backends.ShellWord(name), backends.ShellWord(o.kind.Group+":"+o.kind.Kind+":"+o.Key()))
	}
	return found
}

// tracking reads "app:group/kind:namespace/name" and reports whether it is
// about this object: Argo CD takes no other as its own. The namespace of what
// has none is the application's destination.
func tracking(value string, o object) (app string, ok bool) {
	parts := strings.SplitN(value, ":", 3)
	if len(parts) != 3 {
		return "", false
	}
	group, kind, _ := strings.Cut(parts[1], "/")
	namespace, name, _ := strings.Cut(parts[2], "/")
	return parts[0], group == o.kind.Group && kind == o.kind.Kind && name == o.Name && (namespace == o.Namespace || o.Namespace == "")
}

// splitApp reads "namespace_app", the name of an application outside of Argo
// CD's own namespace. Neither part may hold "_" itself.
func splitApp(app string) (namespace, name string) {
	if namespace, name, ok := strings.Cut(app, "_"); ok {
		return namespace, name
	}
	return "", app
}

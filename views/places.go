package views

import "pitwall/ui"

// To returns the binding that leads to another screen of a deployment ("" for
// a screen of all of them); off tells why it cannot be used, "" when it can.
// Every screen takes it from here, so that a key leads to the same place
// wherever it is pressed. It panics on a screen that has no key.
func To(screen, deployment, off string) ui.Binding {
	key, about := keyTo(screen)
	return ui.Binding{Keys: []string{key}, Help: screen, About: about, Off: off, To: ui.Place{Screen: screen, Name: deployment}}
}

func keyTo(screen string) (key, about string) {
	switch screen {
	case "alerts":
		return "a", "alerts and timeline of the deployment"
	case "checklist":
		return "c", "the deployment checklist, with evidence"
	case "deployment":
		return "d", "charts, replicas and events of the deployment"
	case "explain":
		return "x", "ranked evidence of why the deployment is unhealthy"
	case "inspect":
		return "i", "everything that the backend knows of a replica or the front door"
	case "journal":
		return "e", "who changed what, and how it ended"
	case "logs":
		return "l", "logs of its replicas, merged by time"
	case "registry":
		return "p", "registered versions of the model, and which of them serves"
	case "rollout":
		return "o", "revisions, rollback and deploys of the deployment"
	case "split":
		return "s", "see and move the traffic between its variants"
	default:
		panic("views: no key leads to screen " + screen)
	}
}

// Hidden returns bindings that help and the palette list, but not the key bar.
func Hidden(bindings ...ui.Binding) []ui.Binding {
	for i := range bindings {
		bindings[i].Hidden = true
	}
	return bindings
}

package manifests

import "go.yaml.in/yaml/v3"

// restarts start services again that are meant to run: not those that somebody
// waits for to end, nor those of a profile, nor those that say no.
func restarts(data []byte) (list []change) {
	t := readYAML(data)
	if len(t.roots) != 1 {
		return nil
	}
	services := child(t.roots[0], "services")
	if services == nil {
		return nil
	}
	ends := map[string]bool{}
	for i := 1; i < len(services.Content); i += 2 {
		on := child(services.Content[i], "depends_on")
		if on == nil || on.Kind != yaml.MappingNode {
			continue
		}
		for k := 0; k+1 < len(on.Content); k += 2 {
			if c := child(on.Content[k+1], "condition"); c != nil && c.Value == "service_completed_successfully" {
				ends[on.Content[k].Value] = true
			}
		}
	}
	for i := 0; i+1 < len(services.Content); i += 2 {
		s := followed(services.Content[i+1])
		if ends[services.Content[i].Value] || child(s, "restart") != nil || child(s, "profiles") != nil || child(s, "deploy") != nil && child(child(s, "deploy"), "restart_policy") != nil {
			continue
		}
		if made := t.insert(s, "restart: unless-stopped"); made != nil {
			list = append(list, made)
		}
	}
	return list
}

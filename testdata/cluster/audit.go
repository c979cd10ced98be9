package main

import "path/filepath"

// auditPolicy has the API server write into logs/audit.log, a JSON object a line, what the users of the group "audited"
// ask it for.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: Metadata, userGroups: [audited]}
- {level: None}
`

func (c *cluster) auditPolicy() string { return filepath.Join(c.dir, "audit-policy.yaml") }

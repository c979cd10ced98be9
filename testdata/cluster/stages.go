package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	nodefast "sigs.k8s.io/kwok/kustomize/stage/node/fast"
	nodelease "sigs.k8s.io/kwok/kustomize/stage/node/heartbeat-with-lease"
	podfast "sigs.k8s.io/kwok/kustomize/stage/pod/fast"
)

// faultStages break pods whose template has the label pitwall.test/fault:
//
//	crashloop   Running, never ready, CrashLoopBackOff, 5 restarts
//	imagepull   Pending, ImagePullBackOff; so is a pod whose first image has the tag missing
//	stuck       Pending for ever (any other value too: no stage takes it)
//
//go:embed stages.yaml
var faultStages string

// readyWhen goes into KWOK's own stage pod-ready: not for a pod with a fault, and only as long after its scheduling as
// the annotation pitwall.test/ready-after (a duration, "3s") says.
const readyWhen = `    - key: '.metadata.labels["pitwall.test/fault"] // (if (.spec.containers[0].image | endswith(":missing")) then "imagepull" else null end)'
      operator: 'DoesNotExist'
  delay:
    durationMilliseconds: 0
    durationFrom:
      expressionFrom: '.metadata.annotations["pitwall.test/ready-after"]'
  next:
`

// kwokOptions: KWOK v0.8.0 gives an option that is absent here no default. Its own default of pods at a time is 4, with
// which KWOK is what mass rollouts wait for; the debugging handlers serve `kubectl logs`.
const kwokOptions = `apiVersion: config.kwok.x-k8s.io/v1alpha1
kind: KwokConfiguration
options:
  podPlayStageParallelism: 32
  nodePlayStageParallelism: 4
  nodeLeaseParallelism: 4
  podsOnNodeSyncParallelism: 4
  enableDebuggingHandlers: true
`

// podLogs makes every fake pod's log the file of %s, in the format of CRI.
const podLogs = `apiVersion: kwok.x-k8s.io/v1alpha1
kind: ClusterLogs
metadata: {name: all}
spec: {logs: [{logsFile: %q, follow: true}]}
`

// podPorts makes every port of every fake pod answer with what it is sent.
const podPorts = `apiVersion: kwok.x-k8s.io/v1alpha1
kind: ClusterPortForward
metadata: {name: all}
spec: {forwards: [{command: [cat]}]}
`

// writeKwokConfig writes dir/kwok.yaml and dir/pod.log, which is what all fake pods log, and returns the former's path.
func writeKwokConfig(dir string) (string, error) {
	logs, path := filepath.Join(dir, "pod.log"), filepath.Join(dir, "kwok.yaml")
	if err := os.WriteFile(logs, []byte("2026-01-01T00:00:00Z stdout F fake model server ready\n"), 0o644); err != nil {
		return "", err
	}
	ready := strings.Replace(podfast.DefaultPodReady, "  next:\n", readyWhen, 1)
	documents := []string{
		kwokOptions,
		nodefast.DefaultNodeInit, nodelease.DefaultNodeHeartbeatWithLease,
		ready, faultStages, podfast.DefaultPodComplete, podfast.DefaultPodDelete,
		fmt.Sprintf(podLogs, logs), podPorts,
	}
	return path, os.WriteFile(path, []byte(strings.Join(documents, "\n---\n")), 0o644)
}

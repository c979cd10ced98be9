// Package rollout is what kubectl does with the rollout of a workload, written
// anew from kubectl's behaviour: status, history, undo, pause, resume, restart,
// set image and scale, for Deployments, StatefulSets and DaemonSets. It also
// says why a rollout does not go on.
//
// It is pure: it takes objects and gives patches with what they change. The
// status, the small changes and the reasons take the trimmed objects that are
// watched; history with templates and undo take whole objects of apps/v1, read
// just before. Foreign text in what it returns is not sanitised.
package rollout

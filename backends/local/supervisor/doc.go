// Package supervisor is the process behind `pitwall up`: it runs each replica
// and each gateway of the local stack as a child process of the same binary,
// carries out the operations that come over the control socket, scrapes
// everything with an embedded Prometheus, and sends the traffic.
//
// # How it hangs together
//
// Each deployment has a configuration (package state, on disk before it takes
// effect) and a runtime. A change is planned by a pure function from the
// configuration and the request to the next configuration; the runtime then
// follows. Staged changes all run through one loop, converge, which compares
// the replicas that run with those wanted and takes one step at a time: start
// one, wait until it is ready and the front door knows it, drain an old one,
// stop it. Whatever interrupts it, the loop can begin again from what it finds.
//
//	Supervisor ─┬─ deployment ─┬─ replica (keeps one `pitwall serve` alive)
//	            │              ├─ gate    (keeps one `pitwall gateway` alive and told)
//	            │              └─ rollout (at most one goroutine in converge)
//	            ├─ store (state directory), events, logs
//	            ├─ monitor, traffic, scenario
//	            └─ api (control socket)
package supervisor

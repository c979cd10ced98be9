package main

import (
	"path/filepath"
	"strconv"
)

// services are the virtual addresses of Services; pods those of fake pods.
const (
	services = "10.96.0.0/16"
	pods     = "10.244.0.0/16"
)

// ports are those that the components listen on, all of 127.0.0.1.
type ports struct{ api, controllers, scheduler, kubelet, etcd, peer int }

func (c *cluster) pki(file string) string { return filepath.Join(c.dir, "pki", file) }

// as is the kubeconfig of a component.
func (c *cluster) as(component string) string { return c.pki(component + ".kubeconfig") }

func (c *cluster) apiServerArgs() []string {
	args := []string{
		"--etcd-servers=http://" + c.relay.Addr(),
		"--bind-address=127.0.0.1", "--secure-port=" + strconv.Itoa(c.ports.api),
		"--tls-cert-file=" + c.pki("apiserver.crt"), "--tls-private-key-file=" + c.pki("apiserver.key"),
		"--client-ca-file=" + c.pki("ca.crt"), "--anonymous-auth=false",
		"--authorization-mode=Node,RBAC",
		"--service-cluster-ip-range=" + services,
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + c.pki("sa.pub"), "--service-account-signing-key-file=" + c.pki("sa.key"),
		"--kubelet-client-certificate=" + c.pki("kubelet-client.crt"), "--kubelet-client-key=" + c.pki("kubelet-client.key"),
		"--kubelet-certificate-authority=" + c.pki("ca.crt"),
		"--kubelet-preferred-address-types=InternalIP,Hostname",
		// For aggregated APIs, such as metrics.k8s.io.
		"--requestheader-client-ca-file=" + c.pki("ca.crt"), "--requestheader-allowed-names=front-proxy-client",
		"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + c.pki("front-proxy-client.crt"), "--proxy-client-key-file=" + c.pki("front-proxy-client.key"),
		"--audit-policy-file=" + c.auditPolicy(), "--audit-log-path=" + filepath.Join(c.dir, "logs", "audit.log"), "--audit-log-mode=blocking",
		"--allow-privileged=true", "--profiling=false", "--event-ttl=1h", "--shutdown-delay-duration=0s",
	}
	if c.options.advertise != "" {
		return append(args, "--advertise-address="+c.options.advertise)
	}
	// Endpoints may not hold a loopback address: nothing keeps those of the Service kubernetes.
	return append(args, "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none")
}

// controllerArgs: one of each component, so nobody elects a leader; the limits are those of a test that loads it.
func (c *cluster) controllerArgs() []string {
	return append(c.clientArgs(controllerManager, c.ports.controllers),
		"--use-service-account-credentials=true",
		"--service-account-private-key-file="+c.pki("sa.key"), "--root-ca-file="+c.pki("ca.crt"),
		"--cluster-signing-cert-file="+c.pki("ca.crt"), "--cluster-signing-key-file="+c.pki("ca.key"),
		"--service-cluster-ip-range="+services,
		"--concurrent-deployment-syncs=10", "--concurrent-replicaset-syncs=10",
	)
}

func (c *cluster) schedulerArgs() []string { return c.clientArgs(kubeScheduler, c.ports.scheduler) }

func (c *cluster) clientArgs(component string, port int) []string {
	kubeconfig := c.as(component)
	return []string{
		"--kubeconfig=" + kubeconfig, "--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
		"--bind-address=127.0.0.1", "--secure-port=" + strconv.Itoa(port), "--cert-dir=" + c.pki(component),
		"--leader-elect=false", "--kube-api-qps=500", "--kube-api-burst=1000", "--profiling=false",
	}
}

func (c *cluster) kwokArgs(config string) []string {
	port := strconv.Itoa(c.ports.kubelet)
	return []string{
		"--kubeconfig=" + c.kubeconfig(), "--config=" + config,
		"--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake", "--manage-all-nodes=false",
		"--node-ip=127.0.0.1", "--node-port=" + port, "--server-address=127.0.0.1:" + port,
		"--tls-cert-file=" + c.pki("kubelet-server.crt"), "--tls-private-key-file=" + c.pki("kubelet-server.key"),
		"--cidr=" + pods, "--node-lease-duration-seconds=40",
	}
}

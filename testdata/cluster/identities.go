package main

import (
	"errors"
	"net"
	"path/filepath"

	"pitwall.test/cluster/internal/pki"
)

// realNode is the name of the node that a kubelet registers (build tag node).
const realNode = "real-0"

// masters may do everything.
var masters = []string{"system:masters"}

// identify makes the certificates of the servers and the kubeconfigs of their clients.
func (c *cluster) identify() error {
	authority, err := pki.New(filepath.Join(c.dir, "pki"))
	if err != nil {
		return err
	}
	addresses := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(10, 96, 0, 1)}
	if ip := net.ParseIP(c.options.advertise); ip != nil {
		addresses = append(addresses, ip)
	}
	names := []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"}
	return errors.Join(
		authority.Issue("apiserver", pki.Identity{User: "kube-apiserver", Names: names, IPs: addresses}),
		authority.Issue("kubelet-client", pki.Identity{User: "kube-apiserver-kubelet-client", Groups: masters}),
		authority.Issue("kubelet-server", pki.Identity{User: "kubelet", Names: []string{"localhost"}, IPs: addresses}),
		authority.Issue("front-proxy-client", pki.Identity{User: "front-proxy-client"}),
		authority.Kubeconfig(c.kubeconfig(), c.server(), pki.Identity{User: "admin", Groups: masters}),
		authority.Kubeconfig(c.as(controllerManager), c.server(), pki.Identity{User: "system:kube-controller-manager"}),
		authority.Kubeconfig(c.as(kubeScheduler), c.server(), pki.Identity{User: "system:kube-scheduler"}),
		authority.Kubeconfig(c.as("kubelet"), c.server(), pki.Identity{User: "system:node:" + realNode, Groups: []string{"system:nodes"}}),
		authority.Kubeconfig(c.as("kube-proxy"), c.server(), pki.Identity{User: "system:kube-proxy"}),
	)
}

// Package pki makes the certificates, keys and kubeconfigs of a test cluster, in one directory.
package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// Authority signs everything of one cluster. Safe for concurrent use.
type Authority struct {
	dir         string
	certificate *x509.Certificate
	key         crypto.Signer
	pem         []byte
}

// Identity is whom a certificate names, and how long from now (Lifetime; a year when 0).
type Identity struct {
	User     string
	Groups   []string
	Names    []string // DNS names of a server
	IPs      []net.IP // addresses of a server
	Lifetime time.Duration
}

// New makes an authority (ca.crt, ca.key) and the key that signs service account tokens (sa.key, sa.pub) in dir.
func New(dir string) (*Authority, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "pitwall test cluster"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().AddDate(1, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("sign the authority's certificate: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(write(dir, "ca.crt", "CERTIFICATE", der), write(dir, "ca.key", "PRIVATE KEY", private), serviceAccounts(dir)); err != nil {
		return nil, err
	}
	return Load(dir)
}

// Load is the authority that New made in dir.
func Load(dir string) (*Authority, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "ca.crt"), filepath.Join(dir, "ca.key"))
	if err != nil {
		return nil, fmt.Errorf("load the cluster's authority: %w", err)
	}
	key, ok := pair.PrivateKey.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("load the cluster's authority: its key cannot sign")
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Leaf.Raw})
	return &Authority{dir: dir, certificate: pair.Leaf, key: key, pem: text}, nil
}

// serviceAccounts writes the key pair for service account tokens. RSA, as kubeadm makes it.
func serviceAccounts(dir string) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	return errors.Join(write(dir, "sa.key", "PRIVATE KEY", private), write(dir, "sa.pub", "PUBLIC KEY", public))
}

// Issue writes NAME.crt and NAME.key for who into the authority's directory.
func (a *Authority) Issue(name string, who Identity) error {
	certificate, key, err := a.sign(who)
	if err != nil {
		return fmt.Errorf("issue the certificate %s: %w", name, err)
	}
	return errors.Join(write(a.dir, name+".crt", "CERTIFICATE", certificate), write(a.dir, name+".key", "PRIVATE KEY", key))
}

// sign makes a certificate that serves as a client's and as a server's, and its key, both DER.
func (a *Authority) sign(who Identity) (certificate, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, nil, err
	}
	if who.Lifetime == 0 {
		who.Lifetime = 365 * 24 * time.Hour
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: who.User, Organization: who.Groups},
		NotBefore:    time.Now().Add(-time.Minute),
		NotAfter:     time.Now().Add(who.Lifetime),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
		DNSNames:     who.Names,
		IPAddresses:  who.IPs,
	}
	if certificate, err = x509.CreateCertificate(rand.Reader, template, a.certificate, private.Public(), a.key); err != nil {
		return nil, nil, err
	}
	key, err = x509.MarshalPKCS8PrivateKey(private)
	return certificate, key, err
}

// Kubeconfig writes a kubeconfig to path with which who is a client of server ("https://HOST:PORT").
func (a *Authority) Kubeconfig(path, server string, who Identity) error {
	certificate, key, err := a.sign(who)
	if err != nil {
		return fmt.Errorf("issue the certificate of %s: %w", who.User, err)
	}
	config := api.NewConfig()
	config.Clusters["pitwall"] = &api.Cluster{Server: server, CertificateAuthorityData: a.pem}
	config.AuthInfos[who.User] = &api.AuthInfo{
		ClientCertificateData: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}),
		ClientKeyData:         pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
	}
	config.Contexts["pitwall"] = &api.Context{Cluster: "pitwall", AuthInfo: who.User}
	config.CurrentContext = "pitwall"
	return clientcmd.WriteToFile(*config, path)
}

func write(dir, name, kind string, der []byte) error {
	return os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}

package api

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"time"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	authentication "k8s.io/client-go/pkg/apis/clientauthentication/v1"
	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// PluginError says that the credential plugin of the kubeconfig gave no
// credential, and why.
type PluginError struct {
	Command string
	Why     string // one sentence
	Said    string // the end of what it wrote to its standard error, foreign text, "" for nothing
}

func (e *PluginError) Error() string {
	text := fmt.Sprintf("the credential plugin %s of the kubeconfig %s", e.Command, e.Why)
	if e.Said != "" {
		text += "; it said: " + e.Said
	}
	return text
}

const (
	pluginTimeout = 15 * time.Second // less than a command waits for its first answer, so that this is the reason it gives
	pluginSaid    = 400              // bytes kept of its standard error
)

// plugin is a program that tells who asks, as client.authentication.k8s.io has
// it (Kubernetes, "Authenticating", client-go credential plugins). The answer
// of v1 and of v1beta1 is the same.
type plugin struct {
	conf    *clientcmdapi.ExecConfig
	cluster *authentication.Cluster // nil unless it asks for it
	timeout time.Duration
}

// credential is what a plugin answers.
type credential struct {
	token           string
	certPEM, keyPEM []byte
	cert            *tls.Certificate // nil for none
	expires         time.Time        // zero for never
}

// pluginOf is the plugin of a configuration, and whether there is one that
// counts: what the kubeconfig itself has of who asks comes first.
func pluginOf(conf *rest.Config) (plugin, bool, error) {
	p := plugin{conf: conf.ExecProvider, timeout: pluginTimeout}
	own := conf.BearerToken + conf.BearerTokenFile + conf.Username + conf.CertFile + string(conf.CertData)
	if p.conf == nil || own != "" {
		return p, false, nil
	}
	if !p.conf.ProvideClusterInfo {
		return p, true, nil
	}
	cluster, err := rest.ConfigToExecCluster(conf)
	if err != nil {
		return p, false, err
	}
	p.cluster = &authentication.Cluster{}
	return p, true, authentication.Convert_clientauthentication_Cluster_To_v1_Cluster(cluster, p.cluster, nil)
}

// run asks the plugin. It ends with ctx or after its timeout, and with it all
// that it started.
func (p plugin) run(ctx context.Context) (credential, error) {
	if p.conf.InteractiveMode == clientcmdapi.AlwaysExecInteractiveMode {
		return credential{}, p.failed("asks for input, and pitwall has the terminal: log in with kubectl first", "")
	}
	request := authentication.ExecCredential{TypeMeta: meta.TypeMeta{Kind: "ExecCredential", APIVersion: p.conf.APIVersion}, Spec: authentication.ExecCredentialSpec{Cluster: p.cluster}}
	info, err := json.Marshal(request)
	if err != nil {
		return credential{}, p.failed("cannot be asked: "+err.Error(), "")
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	var out, said bytes.Buffer
	cmd := exec.CommandContext(ctx, p.conf.Command, p.conf.Args...)
	cmd.Env = append(os.Environ(), "KUBERNETES_EXEC_INFO="+string(info))
	for _, v := range p.conf.Env {
		cmd.Env = append(cmd.Env, v.Name+"="+v.Value)
	}
	cmd.Stdout, cmd.Stderr = &out, &said
	endTogether(cmd)
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		return credential{}, p.failed(p.why(ctx, err), said.String())
	}
	return p.read(out.Bytes(), said.String())
}

// why tells how a plugin ended.
func (p plugin) why(ctx context.Context, err error) string {
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Sprintf("did not answer within %s and was ended", p.timeout)
	case ctx.Err() != nil:
		return "was ended"
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return strings.TrimSuffix("is not installed: "+cmp.Or(strings.Join(strings.Fields(p.conf.InstallHint), " "), "it is not in PATH"), ".")
	}
	return "failed: " + err.Error()
}

// read takes the answer. None of it is repeated in an error: it is a secret.
func (p plugin) read(out []byte, said string) (credential, error) {
	var answer authentication.ExecCredential
	switch err := json.Unmarshal(out, &answer); {
	case err != nil:
		return credential{}, p.failed("answered with what is no ExecCredential", said)
	case answer.Kind != "ExecCredential" || answer.APIVersion != p.conf.APIVersion:
		return credential{}, p.failed("answered with another kind or version than the kubeconfig asks for, "+p.conf.APIVersion, said)
	case answer.Status == nil, answer.Status.Token == "" && answer.Status.ClientCertificateData == "":
		return credential{}, p.failed("answered without a token and without a certificate", said)
	}
	s := answer.Status
	c := credential{token: s.Token}
	if s.ExpirationTimestamp != nil {
		c.expires = s.ExpirationTimestamp.Time
	}
	if s.ClientCertificateData == "" {
		return c, nil
	}
	c.certPEM, c.keyPEM = []byte(s.ClientCertificateData), []byte(s.ClientKeyData)
	pair, err := tls.X509KeyPair(c.certPEM, c.keyPEM)
	if err != nil {
		return credential{}, p.failed("answered with a certificate and a key that do not belong together", said)
	}
	c.cert = &pair
	return c, nil
}

// failed is the error of a run, with the end of what the plugin said.
func (p plugin) failed(why, said string) error {
	said = strings.Join(strings.Fields(said), " ")
	if cut := len(said) - pluginSaid; cut > 0 {
		said = "…" + strings.ToValidUTF8(said[cut:], "")
	}
	return &PluginError{p.conf.Command, why, said}
}

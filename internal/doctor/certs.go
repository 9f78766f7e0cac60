package doctor

import (
	"path"
	"strings"
)

// bundles are the files with all certificate authorities in distributions: Debian,
// Alpine and Arch; Fedora; openSUSE; OpenSSL's own name on Alpine (Go's crypto/x509,
// root_linux.go).
var bundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/pki/tls/cacert.pem",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/cert.pem",
}

// certificates adds the bundle under all its names in the source, and the files of
// SSL_CERT_FILE and SSL_CERT_DIR. OpenSSL reads cert.pem in OPENSSLDIR or, without it, a
// directory with one file for each certificate. If a distribution has only that
// directory, cert.pem becomes a symlink to the bundle.
func (m *maker) certificates() {
	const why = "certificate authorities"
	first := ""
	if name := m.env("SSL_CERT_FILE"); path.IsAbs(name) && m.file(name, "SSL_CERT_FILE") {
		first = path.Clean(name)
	}
	for dir := range strings.SplitSeq(m.env("SSL_CERT_DIR"), ":") {
		if path.IsAbs(dir) {
			m.tree(dir, "SSL_CERT_DIR", nil)
		}
	}
	for _, name := range bundles {
		if m.file(name, why) && first == "" {
			first = name
		}
	}
	if first == "" {
		m.absent("a bundle of certificate authorities (package ca-certificates)")
		return
	}
	if dir := m.opensslDir(); dir != "" && !m.file(dir+"/cert.pem", why) {
		m.add(Addition{Path: dir + "/cert.pem", Kind: Link, Target: first, Why: "where OpenSSL looks for " + why})
	}
}

// opensslDir returns OPENSSLDIR, which is compiled into libcrypto (X509_get_default_cert_file).
func (m *maker) opensslDir() string {
	found := m.constantPaths("libcrypto.so", func(s string) bool { return strings.HasSuffix(s, "/cert.pem") })
	if len(found) == 0 {
		return ""
	}
	return path.Dir(found[0])
}

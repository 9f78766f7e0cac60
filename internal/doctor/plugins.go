package doctor

// sasl adds the SASL mechanisms, which sasl_client_init(3) loads from a directory.
func (m *maker) sasl() { m.trees("sasl2", "SASL mechanisms") }

// krb5 adds krb5.conf(5) with the files that it includes, and the plugins.
func (m *maker) krb5() {
	const why = "Kerberos' settings"
	if !m.file("/etc/krb5.conf", why) {
		m.absent("/etc/krb5.conf")
	}
	m.tree("/etc/krb5.conf.d", why, nil)
	for _, dir := range m.dirs("krb5/plugins") {
		m.tree(dir, "Kerberos' plugins", isLibtool)
	}
}

// p11kit adds PKCS #11 modules and the files that name them (pkcs11.conf(5)).
func (m *maker) p11kit() {
	const why = "PKCS #11 modules"
	m.file("/etc/pkcs11/pkcs11.conf", why)
	m.tree("/etc/pkcs11/modules", why, nil)
	m.tree("/usr/share/p11-kit/modules", why, nil)
	m.trees("pkcs11", why)
}

// gio adds GIO's modules.
func (m *maker) gio() { m.trees("gio/modules", "GIO modules") }

// pixbuf adds the loaders, their index loaders.cache, and the database of file formats.
func (m *maker) pixbuf() {
	m.trees("gdk-pixbuf-2.0/2.10.0", "image loaders")
	m.file("/usr/share/mime/mime.cache", "kinds of files")
}

// magic adds libmagic's database. The paths are those of magic(5) and of file(1) in
// Debian, Fedora and Alpine.
func (m *maker) magic() {
	found := false
	for _, name := range []string{
		"/etc/magic", "/usr/lib/file/magic.mgc", "/usr/share/misc/magic.mgc", "/usr/share/misc/magic",
		"/usr/share/file/magic.mgc",
	} {
		found = m.file(name, "libmagic's database") || found
	}
	if !found {
		m.absent("magic.mgc")
	}
}

// fonts adds fontconfig's configuration, with the symlinks in conf.d, and all fonts.
func (m *maker) fonts() {
	m.tree("/etc/fonts", "fontconfig's settings", nil)
	m.tree("/usr/share/fontconfig/conf.avail", "fontconfig's settings", nil)
	if !m.tree("/usr/share/fonts", "fonts", nil) {
		m.absent("/usr/share/fonts")
	}
}

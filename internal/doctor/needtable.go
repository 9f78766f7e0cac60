package doctor

// needTable has all rules for needs. To add a need, add a row (needRow). The order of
// the rows is that of the results. The functions in groupTable add the groups' files.
var needTable = []needRow{
	{
		// getpwnam(3), getgrnam(3), initgroups(3): NSS "files" reads /etc/passwd
		// and /etc/group; musl reads them itself (src/passwd).
		group: "passwd", program: Certain, library: Certain,
		symbols: []string{
			"getpwuid", "getpwuid_r", "getpwnam", "getpwnam_r", "getpwent", "getpwent_r",
			"getgrgid", "getgrgid_r", "getgrnam", "getgrnam_r", "getgrent", "initgroups", "getgrouplist", "getlogin",
		},
		does: "looks up users",
		why:  "user names, group names and home directories cannot be looked up",
	},
	{
		// os/user without cgo parses the files (lookup_unix.go).
		group: "passwd", program: Certain, library: Certain,
		literals: []string{"/etc/passwd", "/etc/group"},
		funcs:    []string{"os/user.Current", "os/user.lookupUser", "os/user.lookupUserId", "os/user.lookupGroup"},
		does:     "looks up users",
		why:      "user names, group names and home directories cannot be looked up",
	},
	{
		// mkstemp(3) leaves the place to its caller, who takes $TMPDIR or /tmp;
		// tmpfile(3) takes P_tmpdir.
		group: "tmp", program: Certain, library: Certain,
		symbols: []string{
			"mkstemp", "mkstemp64", "mkostemp", "mkostemp64", "mkstemps", "mkstemps64", "mkdtemp",
			"tmpfile", "tmpfile64", "tempnam", "tmpnam", "mktemp",
		},
		funcs:    []string{"os.TempDir", "os.CreateTemp", "os.MkdirTemp"},
		literals: []string{"/tmp"},
		does:     "creates temporary files",
		why:      "temporary files cannot be created",
	},
	{
		// nsswitch.conf(5). Without the file glibc up to 2.34 asks DNS for hosts and
		// reads /etc/hosts only if DNS is unavailable (nss/nss_database.c). Up to 2.33
		// all services are modules, libnss_files.so.2 and libnss_dns.so.2.
		group: "nss", libc: "glibc", program: Certain, library: Certain,
		symbols: []string{
			"getaddrinfo", "gethostbyname", "gethostbyname2", "gethostbyname_r", "gethostbyname2_r", "gethostbyaddr",
			"gethostbyaddr_r", "getnameinfo", "getpwuid", "getpwuid_r", "getpwnam", "getpwnam_r", "getpwent",
			"getgrgid", "getgrgid_r", "getgrnam", "getgrnam_r", "getgrent", "initgroups", "getgrouplist",
			"getservbyname", "getservbyname_r", "getservbyport", "getservbyport_r",
			"getprotobyname", "getprotobyname_r",
		},
		except:   []string{"libcrypto.so.3", "libcrypto.so.1.1"}, // its BIOs rarely connect by name
		literals: []string{"/etc/nsswitch.conf"},                 // a static program has this part of the library
		does:     "looks up hosts and users",
		why:      "host, user and group names are not looked up as configured",
	},
	{
		// services(5), protocols(5), hosts(5). getaddrinfo(3) reads services when
		// the port is a name, and hosts always.
		group: "netbase", program: Certain, library: Certain,
		symbols: []string{
			"getservbyname", "getservbyname_r", "getservbyport", "getservbyport_r", "getservent", "getprotobyname",
			"getprotobyname_r", "getprotobynumber", "getprotobynumber_r", "getprotoent", "getaddrinfo", "getnameinfo",
			"gethostbyname", "gethostbyname2", "gethostbyname_r", "gethostbyname2_r",
			"gethostbyaddr", "gethostbyaddr_r", "gethostent",
		},
		except:   []string{"libcrypto.so.3", "libcrypto.so.1.1"},
		literals: []string{"/etc/services"},
		does:     "looks up hosts and ports",
		why:      "names of ports and protocols, and localhost, cannot be looked up",
	},
	{
		// SSL_CTX_load_verify_locations(3): the default paths are those below
		// OPENSSLDIR. gnutls_certificate_set_x509_system_trust(3): what GnuTLS was
		// configured with.
		group: "ca-certs", program: Certain, library: Certain, deep: Possible,
		symbols: []string{
			"SSL_CTX_set_default_verify_paths", "SSL_CTX_set_default_verify_file", "X509_STORE_set_default_paths",
			"X509_STORE_set_default_paths_ex", "X509_get_default_cert_file", "gnutls_certificate_set_x509_system_trust",
			"gnutls_x509_trust_list_add_system_trust",
		},
		except: []string{"libssl.so.3", "libssl.so.1.1"}, // which define the first of them with the last
		does:   "verifies servers",
		why:    "certificates of servers cannot be verified",
	},
	{
		// The program contains the name of a bundle: CURL_CA_BUNDLE of libcurl, the
		// lists of wget2, rustls-native-certs and openssl-probe.
		group: "ca-certs", program: Certain, library: Certain, deep: Possible,
		literals: caBundles,
		beside:   []string{"libssl.so", "libgnutls.so", "libcrypto.so", "libmbedtls.so", "libwolfssl.so"},
		funcs:    []string{"crypto/x509.loadSystemRoots", "crypto/x509.initSystemRoots", "crypto/x509.systemRootsPool"},
		does:     "verifies servers",
		why:      "certificates of servers cannot be verified",
	},
	{
		// config(5) of OpenSSL: read by OPENSSL_init_crypto in every program;
		// distributions put security levels and crypto policies there.
		group: "openssl", program: Certain, library: Certain,
		sonames: []string{"libcrypto.so", "libssl.so"},
		does:    "uses OpenSSL",
		why:     "the distribution's TLS settings do not apply",
	},
	{
		// OSSL_PROVIDER(3): all providers but default, base and null are modules,
		// legacy.so and fips.so in MODULESDIR.
		group: "ossl-modules", program: Certain, library: Certain,
		symbols: []string{
			"OSSL_PROVIDER_load", "OSSL_PROVIDER_try_load", "OSSL_PROVIDER_load_ex", "OSSL_PROVIDER_try_load_ex",
		},
		does: "loads OpenSSL providers",
		why:  "OpenSSL's legacy provider cannot be loaded: no MD4, RC4, Blowfish",
	},
	{
		// ENGINE_by_id(3) loads ID.so from ENGINESDIR.
		group: "ossl-engines", program: Possible, library: Possible,
		symbols: []string{"ENGINE_by_id", "ENGINE_load_dynamic"},
		does:    "loads OpenSSL engines",
		why:     "OpenSSL's engines cannot be loaded",
	},
	{
		// pthread_cancel(3), pthread_exit(3) and backtrace(3) unwind with
		// libgcc_s.so.1, which glibc dlopens (__libc_unwind_link_get); the first two
		// abort without it.
		group: "libgcc", libc: "glibc", unless: "libgcc_s.so.1", program: Certain, library: Certain,
		symbols: []string{
			"pthread_cancel", "pthread_exit", "thrd_exit", "backtrace", "backtrace_symbols", "backtrace_symbols_fd",
		},
		does: "ends threads or prints backtraces",
		why:  "the program aborts when a thread is cancelled or exits",
	},
	{
		// tzset(3): zones are files below /usr/share/zoneinfo, and without one the
		// time is UTC under any name. Nearly every program imports localtime, and UTC
		// is right where no variable says otherwise.
		group: "tzdata", program: Possible, library: Possible, env: []string{"TZ"},
		symbols: []string{
			"localtime", "localtime_r", "tzset", "mktime", "__localtime64", "__localtime64_r", "__mktime64",
		},
		does: "converts between time zones",
		why:  "every time zone is UTC",
	},
	{
		// A program that names the directory reads the zones itself: PHP's and
		// PostgreSQL's --with-system-tzdata, std::chrono. With a slash at the end the
		// name is ICU's, which has zones of its own. Go: time.LoadLocation. Python's
		// zoneinfo and Tcl's clock have it in their libraries.
		group: "tzdata", program: Likely, env: []string{"TZ"},
		literals: []string{"/usr/share/zoneinfo", "/usr/share/zoneinfo/%s", "/usr/share/zoneinfo/zone.tab"},
		funcs:    []string{"time.LoadLocation"},
		programs: []string{"python", "tclsh", "wish"},
		not:      []string{"time/tzdata.loadFromEmbeddedTZData"},
		does:     "converts between time zones",
		why:      "every time zone is UTC",
	},
	{
		// localtime in a Go program whose environment names a zone (zoneinfo_unix.go).
		group: "tzdata", program: Possible, env: []string{"TZ"},
		funcs: []string{"time.initLocal"},
		not:   []string{"time/tzdata.loadFromEmbeddedTZData"},
		does:  "converts between time zones",
		why:   "every time zone is UTC",
	},
	{
		// locale(7): glibc has C and POSIX built in; C.UTF-8 is a directory too.
		// musl's only locale is UTF-8.
		group: "locale", libc: "glibc", program: Possible, library: Possible,
		env:     []string{"LC_ALL", "LC_CTYPE", "LANG"},
		symbols: []string{"setlocale", "newlocale"},
		does:    "uses the locale",
		why:     "the program treats text as ASCII",
	},
	{
		// A program that asks for it by name: Python's PEP 538 and others.
		group: "locale", libc: "glibc", program: Certain, library: Possible,
		literals: []string{"C.UTF-8", "C.utf8"},
		does:     "uses the locale",
		why:      "the program treats text as ASCII",
	},
	{
		// iconv(3): all but ASCII, UTF-8, UCS-2 and UCS-4 are modules of glibc
		// (iconv/gconv_builtin.h); musl has its tables built in. What the except
		// column names converts from and to the locale's character set alone.
		group: "gconv", libc: "glibc", program: Likely, library: Possible,
		symbols: []string{"iconv_open"},
		except: []string{
			"libidn2.so.0", "libunistring.so.2", "libunistring.so.5", "libglib-2.0.so.0", "libkrb5support.so.0",
			"libp11-kit.so.0", "libpsl.so.5", "libstdc++.so.6", "bash", "bash-static",
		},
		does: "converts character sets",
		why:  "no character set but ASCII, UTF-8 and UCS can be converted",
	},
	{
		// terminfo(5).
		group: "terminfo", program: Certain, library: Certain,
		symbols: []string{"setupterm", "tgetent", "initscr", "newterm", "use_env"},
		does:    "controls the terminal",
		why:     "the terminal is unknown: there is no line editing and no colour",
	},
	{
		// pam(8): without configuration and modules all logins fail.
		group: "pam", program: Certain, library: Likely,
		sonames: []string{"libpam.so"},
		does:    "authenticates users",
		why:     "no user can be authenticated",
	},
	{
		// sasl_client_init(3), sasl_server_init(3): all mechanisms are plugins.
		// libldap calls the first of them in ldap_sasl_interactive_bind(3).
		group: "sasl", program: Certain, library: Possible,
		symbols: []string{
			"sasl_client_init", "sasl_server_init", "ldap_sasl_interactive_bind", "ldap_sasl_interactive_bind_s",
		},
		does: "uses SASL",
		why:  "there is no SASL mechanism",
	},
	{
		// krb5.conf(5); without it no realm is known.
		group: "krb5", program: Likely, library: Possible,
		symbols: []string{"krb5_init_context", "gss_init_sec_context", "gss_accept_sec_context"},
		does:    "uses Kerberos",
		why:     "Kerberos has no realm",
	},
	{
		// pkcs11.conf(5): modules are named by files in its directories.
		group: "p11-kit", program: Likely, library: Possible,
		symbols: []string{"p11_kit_modules_load", "p11_kit_modules_load_and_initialize"},
		does:    "uses PKCS #11 tokens",
		why:     "there is no PKCS #11 token",
	},
	{
		// GIO's modules: TLS, proxies, virtual file systems (gio-querymodules(1)).
		group: "gio-modules", program: Likely, library: Possible,
		sonames: []string{"libgio-2.0.so"},
		does:    "uses GIO",
		why:     "GLib has no TLS and no remote files",
	},
	{
		// gdk-pixbuf-query-loaders(1): formats are modules that loaders.cache lists.
		group: "gdk-pixbuf", program: Likely, library: Likely,
		sonames: []string{"libgdk_pixbuf-2.0.so"},
		does:    "reads images with GDK-PixBuf",
		why:     "only a few image formats can be read",
	},
	{
		// magic(5): libmagic has no built-in rules.
		group: "magic", program: Certain, library: Possible,
		symbols: []string{"magic_load"},
		does:    "recognises file types",
		why:     "no file type is recognised",
	},
	{
		// fonts-conf(5).
		group: "fonts", program: Likely, library: Possible,
		symbols: []string{
			"FcInit", "FcInitLoadConfig", "FcInitLoadConfigAndFonts", "FcConfigGetCurrent", "FcFontMatch",
		},
		does: "uses fonts",
		why:  "there are no fonts",
	},
	{
		// system(3), popen(3), wordexp(3) start /bin/sh. Most programs that import them
		// hardly use them; a command line among the strings is better evidence (helpers.go).
		group: "shell", program: Possible, library: Possible,
		symbols:  []string{"system", "popen", "wordexp"},
		literals: []string{"/bin/sh"},
		does:     "starts commands through a shell",
		why:      "commands cannot be started through a shell",
	},
}

// caBundles are the files and directories of certificate authorities in distributions:
// Debian, Alpine and Arch; Fedora; openSUSE; OpenSSL's own names on Alpine; Fedora's
// store. They are the lists of Go's crypto/x509 (root_linux.go) and of openssl-probe.
var caBundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/pki/tls/cacert.pem",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/cert.pem",
	"/etc/ssl/certs",
	"/etc/pki/tls/certs",
}

package doctor

import (
	"slices"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

const nsswitchPath = "/etc/nsswitch.conf"

// defaultNsswitch has the defaults of glibc 2.36. With it, older versions also look up
// hosts in files before DNS.
const defaultNsswitch = `passwd: files
group: files
shadow: files
hosts: files dns
networks: files
protocols: files
services: files
ethers: files
rpc: files
`

// nss adds nsswitch.conf, unless the image has one, and the modules that the image's
// file names. Since glibc 2.34 the modules files and dns are part of libc.so.6. musl has
// no modules.
func (m *maker) nss() {
	if m.libc.Kind == "musl" {
		return
	}
	conf := m.imageNsswitch()
	if conf == "" || conf == defaultNsswitch {
		conf = defaultNsswitch
		m.bytes(nsswitchPath, conf, "where names are looked up")
	}
	if m.libc.Kind != "glibc" {
		return
	}
	for _, word := range nssWords(conf) {
		builtIn := word == "files" || word == "dns"
		if builtIn && (m.libc.Version == 0 || m.libc.Version >= 234) {
			continue
		}
		m.library("libnss_"+word+".so.2", "nsswitch.conf names "+word)
	}
}

// imageNsswitch returns the content of the image's nsswitch.conf, "" if it has none.
func (m *maker) imageNsswitch() string {
	if m.image == nil {
		return ""
	}
	image := sysroot.New(m.image)
	n, err := image.Walk(nsswitchPath)
	if sysroot.IsAbsent(err) || err == nil && !n.Info.Mode().IsRegular() {
		return ""
	}
	var data []byte
	if err == nil {
		data, err = bounded.ReadFile(image, nsswitchPath, bounded.Config)
	}
	if err != nil {
		m.fail(err)
	}
	return string(data)
}

// nssWords returns the services that an nsswitch.conf names, sorted. It ignores words
// with a slash, since the C library makes file names of services.
func nssWords(conf string) (words []string) {
	for line := range strings.Lines(conf) {
		line, _, _ = strings.Cut(line, "#")
		_, list, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		inAction := false // inside brackets, as in [NOTFOUND=return], which may contain blanks
		for _, word := range strings.Fields(list) {
			if strings.HasPrefix(word, "[") {
				inAction = true
			}
			if !inAction && !strings.Contains(word, "/") {
				words = append(words, word)
			}
			if strings.HasSuffix(word, "]") {
				inAction = false
			}
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

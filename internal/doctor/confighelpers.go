package doctor

import (
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/mkrootfs/mkrootfs/elfdeps"
	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/shellscript"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// pathInConfig matches an absolute path in a configuration file.
var pathInConfig = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[\s"'=|!:,({[])(/[\w.+@-]+(?:/[\w.+@-]+)+)`)
})

// ofConfigs adds the programs of the source whose absolute paths are in the main
// configuration files, other than in comments.
func (f *helperSearch) ofConfigs(in Input) {
	if in.Image == nil {
		return
	}
	image := sysroot.New(in.Image)
	for _, c := range in.Configs {
		if !c.Main {
			continue
		}
		text, err := bounded.ReadFile(image, c.Path, bounded.Config)
		if err != nil {
			continue // conffile.Read warns about it
		}
		by := &Object{Object: &elfdeps.Object{Path: c.Path}}
		for line := range strings.Lines(string(text)) {
			f.ofConfigLine(by, line)
		}
	}
}

// maxConfigHelpers is the maximum number of programs that configuration files name.
const maxConfigHelpers = 256

// ofConfigLine adds the programs in one line.
func (f *helperSearch) ofConfigLine(by *Object, line string) {
	line = strings.TrimSpace(line)
	if strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") || strings.HasPrefix(line, "//") {
		return
	}
	for _, match := range pathInConfig().FindAllStringSubmatch(line, -1) {
		name, key := match[1], by.Path+"\x00"+match[1]
		base := path.Base(name)
		if isShared(base) || shellscript.IsBuiltin(base) || f.seen[key] || len(f.seen) > maxConfigHelpers {
			continue
		}
		f.seen[key] = true
		h := helper{start: start{name: name}, by: by, config: true}
		if n := f.locate(&h); n != nil && !f.isShell(h, n.Real) {
			f.found.list = append(f.found.list, h)
		}
	}
}

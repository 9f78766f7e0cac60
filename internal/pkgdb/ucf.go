package pkgdb

import (
	"context"
	"path"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// ucfRegistry has the packages of the configuration files that ucf(1) manages.
const ucfRegistry = "/var/lib/ucf/registry"

// ucf finds the configuration files that ucf manages for the package.
func (e *extras) ucf(ctx context.Context, p *record) error {
	b := newBudget(2*maxFile, ucfRegistry)
	err := e.in.lines(ctx, ucfRegistry, b, func(line []byte) error {
		pkg, name := registered(string(line))
		if pkg != p.Name {
			return nil
		}
		if err := b.spend(ctx, lookupCost); err != nil {
			return err
		}
		info, err := e.lstat(name)
		if err == nil && info != nil && !info.IsDir() {
			e.add(name)
		}
		return err
	})
	if sysroot.IsAbsent(err) {
		return nil
	}
	return err
}

// registered returns the package and the path in a line of ucf's registry: a package, a tab
// and an absolute path, with blanks around the tab (ucfr(1)).
func registered(line string) (pkg, name string) {
	pkg, name, _ = strings.Cut(line, "\t")
	if name = strings.TrimSpace(name); !path.IsAbs(name) {
		return "", ""
	}
	return strings.TrimSpace(pkg), path.Clean(name)
}

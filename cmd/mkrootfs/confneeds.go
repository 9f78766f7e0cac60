package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"

	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/internal/conf"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// confTrouble is what a --conf file says that matters to a container.
type confTrouble struct {
	conf.Finding
	file string // as it was named
}

// readConf reads a --conf file once: for the ports that it plainly names, unless
// --expose says which there are, and for what would keep a container from
// working.
func (p *packing) readConf(from *sysroot.Root, name, shown string) error {
	data, err := fs.ReadFile(from, name)
	if err != nil {
		return confError(shown, err)
	}
	found, err := conf.Troubles(bytes.NewReader(data))
	if err != nil {
		return err
	}
	for _, f := range found {
		p.troubles = append(p.troubles, confTrouble{f, shown})
	}
	if len(p.expose) > 0 {
		return nil
	}
	ports, err := conf.Ports(bytes.NewReader(data))
	if err != nil {
		return err
	}
	p.config.ExposedPorts, err = image.ParsePorts(append(p.config.ExposedPorts, ports...)...)
	return err
}

// addConfDirs makes the directories that a configuration file names and the
// tree has not got.
func (p *packing) addConfDirs(context.Context) error {
	for _, t := range p.troubles {
		if t.Kind != conf.Directory {
			continue
		}
		if err := p.tree.ImplyDir(t.Value, fmt.Sprintf("--conf %s, line %d", t.file, t.Line)); err != nil {
			return err
		}
	}
	return nil
}

// warnConf tells, a line each, what of a configuration file will not work in a
// container.
func (p *packing) warnConf(u *ui) {
	for _, t := range p.troubles {
		at := fmt.Sprintf("%s:%d: %s", t.file, t.Line, t.Directive)
		switch t.Kind {
		case conf.Daemonize:
			u.warn(at+" puts the program into the background, which ends its container", "leave it in the foreground")
		case conf.Loopback:
			u.warn(fmt.Sprintf("%s %s is reached from inside the container alone", at, t.Value), "0.0.0.0 is reached through published ports")
		}
	}
}

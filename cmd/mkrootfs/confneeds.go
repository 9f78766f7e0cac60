package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"

	"github.com/mkrootfs/mkrootfs/image/dockerflag"
	"github.com/mkrootfs/mkrootfs/internal/bounded"
	"github.com/mkrootfs/mkrootfs/internal/conf"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// confTrouble is what a --conf file says that matters to a container.
type confTrouble struct {
	conf.Finding
	file string // as it was named
}

// readConf reads a --conf file: for the ports that it plainly names, unless
// --expose says which there are, and for what would keep a container from
// working.
func (p *packing) readConf(ctx context.Context, from *sysroot.Root, name, shown string) error {
	n, err := from.Walk(name)
	if err != nil {
		return confError(shown, err)
	}
	if n.Info.Size() > bounded.Config {
		p.warnings = append(p.warnings, fmt.Errorf("%s: only its first %d MiB are looked at for ports and directories", shown, bounded.Config>>20))
	}
	f, err := from.OpenNode(n)
	if err != nil {
		return confError(shown, err)
	}
	defer f.Close()
	found, err := conf.Troubles(ctx, io.NewSectionReader(f, 0, bounded.Config))
	if err != nil {
		return confReadError(ctx, shown, err)
	}
	for _, t := range found {
		p.troubles = append(p.troubles, confTrouble{t, shown})
	}
	if len(p.expose) > 0 {
		return nil
	}
	ports, err := conf.Ports(ctx, io.NewSectionReader(f, 0, bounded.Config))
	if err != nil {
		return confReadError(ctx, shown, err)
	}
	p.config.ExposedPorts, err = dockerflag.ParsePorts(append(p.config.ExposedPorts, ports...)...)
	return err
}

// confReadError words an error of reading the lines of a --conf file.
func confReadError(ctx context.Context, shown string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("--conf %s: %w", shown, err)
}

// addConfDirs makes the directories that a configuration file names and the
// tree has not got.
func (p *packing) addConfDirs(context.Context) error {
	for _, t := range p.troubles {
		if t.Kind != conf.Directory {
			continue
		}
		if err := p.tree.Add(rootfs.Entry{Path: t.Value, Mode: fs.ModeDir | 0o755, Implied: true, Claim: fmt.Sprintf("--conf %s, line %d", t.file, t.Line)}); err != nil {
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

package pack

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/dest"
	"github.com/mkrootfs/mkrootfs/internal/guard"
	"github.com/mkrootfs/mkrootfs/rootfs"
)

// Write makes the outputs of a plan and shows none of them unless all were made.
// The order is: every byte of every output is written, synced and closed; then the
// image is loaded and pushed, which cannot be taken back; then what remains before
// the renames is done; then the answer goes to stdout; then come the renames. After
// an error before the first rename all files and layouts are as they were. An error
// after which something is new says what is.
func Write(ctx context.Context, p *Plan, o Outputs) (*Result, error) {
	o, err := o.Complete()
	if err != nil {
		return nil, err
	}
	if p == nil || !p.isChecked {
		return nil, errors.New("the plan is incomplete: it was resolved with a smaller Depth or with errors")
	}
	if _, err := o.Suits(p); err != nil {
		return nil, err
	}
	j := job{plan: p, outputs: o}
	if j.tags, err = o.tags(); err != nil {
		return nil, err
	}
	if j.tarSize, err = p.Tree.TarSize(rootfs.Options{Timestamp: p.Config.Created}); err != nil {
		return nil, err
	}
	outs, err := openAll(ctx, j)
	all := setOf(outs)
	defer all.Abandon()
	var m made
	if err == nil {
		m, err = prepare(ctx, j, outs)
	}
	if err != nil {
		return nil, dest.Partial(err, m.sent, nil, all)
	}
	if err := all.Commit(ctx, m.sent); err != nil {
		return nil, err
	}
	return &m.result, nil
}

// prepare does all that may fail before the renames. With an error comes what was
// sent all the same.
func prepare(ctx context.Context, j job, outs []output) (m made, err error) {
	l, err := writeLayer(ctx, j, outs)
	defer l.close()
	if err != nil {
		return m, err
	}
	if m.result, err = writeOutputs(ctx, l, outs); err != nil {
		return m, err
	}
	all := setOf(outs)
	if err := all.Finish(); err != nil {
		return m, err
	}
	if m, err = loadIntoEngine(ctx, j, m); err != nil {
		return m, err
	}
	if m, err = pushImage(ctx, l, m); err != nil {
		return m, err
	}
	if err := all.Stage(ctx); err != nil {
		return m, err
	}
	for _, o := range outs {
		m.result.Written = append(m.result.Written, Written{o.Output, o.Size, digestOf(o.Output, m.result)})
	}
	return m, errors.Join(ctx.Err(), answer(ctx, j.outputs, &m.result))
}

// answer writes the lines of Outputs.Answer to stdout.
func answer(ctx context.Context, o Outputs, r *Result) error {
	if o.Answer == nil {
		return nil
	}
	lines := o.Answer(r)
	switch {
	case len(lines) == 0:
		return nil
	case o.Stdout == nil:
		return errNoStdout
	}
	_, err := dest.NewWriter(ctx, o.Stdout).Write([]byte(strings.Join(lines, "\n") + "\n"))
	var bug *guard.PanicError
	switch {
	case errors.As(err, &bug): // which is not about stdout
		return bug
	case err == nil:
		err = dest.CloseCopy(o.Stdout)
	}
	if err != nil {
		return fmt.Errorf("stdout: %w", dest.Cause(err))
	}
	return nil
}

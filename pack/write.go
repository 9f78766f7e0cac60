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

// Write makes the outputs of a plan. None of them becomes visible unless all were made:
// first Write writes and syncs every output, then it loads and pushes the image, which
// cannot be undone, then it writes the answer to stdout, and last it renames the
// outputs. If an error occurs before the first rename, all files and layouts are
// unchanged. If anything has changed despite an error, the error says what.
func Write(ctx context.Context, p *Plan, o Outputs) (*Result, error) {
	o, err := o.Complete()
	if err != nil {
		return nil, err
	}
	if p == nil || p.Tree == nil || !p.isChecked {
		return nil, errors.New("the plan is incomplete: it was resolved with a smaller Depth or with errors")
	}
	if _, err := o.CheckPlan(p); err != nil {
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

// prepare does everything except the renames. made.sent is valid also with an error.
func prepare(ctx context.Context, j job, outs []output) (m made, err error) {
	l, err := writeLayer(ctx, j, outs)
	if err != nil {
		return m, err
	}
	defer l.Close()
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
	case o.ToStdout():
		return errors.New("both an output and the lines of Outputs.Answer go to stdout")
	}
	_, err := dest.NewWriter(ctx, o.Stdout).Write([]byte(strings.Join(lines, "\n") + "\n"))
	var bug *guard.PanicError
	switch {
	case errors.As(err, &bug): // not an error of stdout
		return bug
	case err == nil:
		err = dest.CloseCopy(o.Stdout)
	}
	if err != nil {
		return fmt.Errorf("stdout: %w", dest.Cause(err))
	}
	return nil
}

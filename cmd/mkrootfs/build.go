package main

import (
	"context"
	"runtime/debug"
)

// build goes from the command line to the closure and its tree, the outputs and
// the account.
func build(ctx context.Context, o *options, io stdio, u *ui) error {
	r, err := newRequest(o, io.in)
	if err != nil {
		return err
	}
	if (r.print != "" || r.why != "") && r.crossCheck == "" {
		return look(ctx, r, io.out)
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	if r.crossCheck != "" {
		return lookTwice(ctx, r, io.out)
	}
	debug.SetGCPercent(100) // memory stays constant, however large the image
	p, err := compose(ctx, r)
	if err != nil {
		return err
	}
	p.warn(u)
	if r.dryRun {
		p.forecast(ctx, u)
		return nil
	}
	result, err := p.write(ctx, io.out, u)
	if err != nil {
		return err
	}
	p.account(ctx, u, result)
	return nil
}

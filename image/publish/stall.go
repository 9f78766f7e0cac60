package publish

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// stallLimit is how long a connection may transfer nothing.
const stallLimit = 60 * time.Second

// stallPiece is the maximum number of bytes of one write: the deadline is renewed
// between writes, not within one.
const stallPiece = 64 << 10

// dialer is the DialContext of a net.Dialer or an http.Transport.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// stalling returns dial whose connections return errStall if no byte was sent or
// received for stallLimit. Without both the limit is for sending alone, and the
// other side may take any time to answer.
func stalling(dial dialer, both bool) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		s := &stallConn{Conn: c, both: both}
		s.renew()
		return s, nil
	}
}

// errStall is the error of a connection that transferred nothing for stallLimit.
var errStall = fmt.Errorf("no byte was sent or received for %v", stallLimit)

// stallConn is a connection whose deadlines are renewed with each byte.
type stallConn struct {
	net.Conn
	both bool // the limit is for reading, too
	over atomic.Bool
}

func (c *stallConn) renew() {
	deadline := time.Now().Add(stallLimit)
	if c.both {
		_ = c.SetDeadline(deadline)
		return
	}
	_ = c.SetWriteDeadline(deadline)
}

// Read renews the deadline if it read something.
func (c *stallConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.renew()
	}
	return n, c.explain(err)
}

// Write renews the deadlines for each piece that it writes, also that for reading:
// no answer is due while the request is being sent.
func (c *stallConn) Write(p []byte) (n int, err error) {
	for len(p) > 0 && err == nil {
		c.renew()
		var m int
		m, err = c.Conn.Write(p[:min(len(p), stallPiece)])
		n, p = n+m, p[m:]
	}
	return n, c.explain(err)
}

// explain replaces the error of a deadline by errStall. If a reader and a writer
// run into a deadline at once, the other one may find the connection closed.
func (c *stallConn) explain(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.over.Store(true)
	}
	if err != nil && c.over.Load() {
		return errStall
	}
	return err
}

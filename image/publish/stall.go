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

// stallLimit is how long a connection may stay without a byte.
const stallLimit = 60 * time.Second

// stallPiece is how much is written at once, in bytes: the time that a piece
// takes is seen, the time within one is not.
const stallPiece = 64 << 10

// dialer is the DialContext of a net.Dialer or an http.Transport.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// stalling returns dial whose connections end with errStall when no byte
// was sent or received for stallLimit. Without both, only what is sent has the
// limit, and waiting for the other side has none.
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

// errStall says that a connection stood still.
var errStall = fmt.Errorf("no byte was sent or received for %v", stallLimit)

// stallConn is a connection whose deadlines move on with each byte.
type stallConn struct {
	net.Conn
	both bool // what is read has the limit, too
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

// Read reads, and renews the deadline when something came.
func (c *stallConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.renew()
	}
	return n, c.explain(err)
}

// Write writes in pieces, of which each renews the deadline, for reading as
// well: an answer is not due while a request is under way.
func (c *stallConn) Write(p []byte) (n int, err error) {
	for len(p) > 0 && err == nil {
		c.renew()
		var m int
		m, err = c.Conn.Write(p[:min(len(p), stallPiece)])
		n, p = n+m, p[m:]
	}
	return n, c.explain(err)
}

// explain says what a deadline means. Of a reader and a writer that it ends at
// once the later one may find the connection closed by the other.
func (c *stallConn) explain(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.over.Store(true)
	}
	if err != nil && c.over.Load() {
		return errStall
	}
	return err
}

package rootfs

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The kernel follows 40 links in one walk and gives up at the 41st, whatever was
// walked before.
func TestPlacesLinkLimit(t *testing.T) {
	const length = 500
	p := &places{links: map[string]string{}, memo: map[string]place{}}
	for i := range length {
		p.links[fmt.Sprintf("/l%d", i+1)] = fmt.Sprintf("l%d", i)
	}
	for _, i := range []int{length, 90, 79, 80, 81, 41, 40, 39, 42, 1, 0} {
		at, err := p.follow(fmt.Sprintf("/l%d", i))
		if i <= maxLinks && (err != nil || at != "/l0") || i > maxLinks && !errors.Is(err, syscall.ELOOP) {
			t.Errorf("%d links: %s, %v", i, at, err)
		}
	}
}

// A link's text is walked about once, however many links lead through it.
func TestPlacesLongTexts(t *testing.T) {
	p := &places{links: map[string]string{}, memo: map[string]place{}}
	const length = 3000
	for i := range length {
		p.links[fmt.Sprintf("/l%d", i+1)] = strings.Repeat("a/../", 815) + fmt.Sprintf("l%d", i)
	}
	start := processorTime(t)
	for i := range length {
		_, _ = p.follow(fmt.Sprintf("/l%d", length-i))
	}
	if took := processorTime(t) - start; took > 4*time.Second {
		t.Errorf("%d links took %v", length, took)
	}
}

package rootfs

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
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

// The text of a link is walked about once, however many links lead through it.
// Each component of a walk allocates a path.
func TestPlacesLongTexts(t *testing.T) {
	p := &places{links: map[string]string{}, memo: map[string]place{}}
	const length, parts = 3000, 2 * 815
	for i := range length {
		p.links[fmt.Sprintf("/l%d", i+1)] = strings.Repeat("a/../", parts/2) + fmt.Sprintf("l%d", i)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range length {
		_, _ = p.follow(fmt.Sprintf("/l%d", length-i))
	}
	runtime.ReadMemStats(&after)
	if n := after.Mallocs - before.Mallocs; n > 5*length*parts {
		t.Errorf("%d allocations for %d links of %d components", n, length, parts)
	}
}

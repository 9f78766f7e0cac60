package elfdeps

import (
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mkrootfs/mkrootfs/internal/guard"
)

const (
	// prefetchers is how many files are read at the same time.
	prefetchers = 16
	// slowRead is how long a file takes that does not come from memory; one that
	// does takes a tenth of it.
	slowRead = 100 * time.Microsecond
)

// prefetch reads files ahead of the search that will want them, by good
// guesses: the search itself decides, in its own order, and a wrong guess costs
// a read and nothing else. Files that come from memory are not worth the
// goroutines, so it begins with the second slow read in a row.
type prefetch struct {
	s *session

	running atomic.Bool
	slow    atomic.Int32 // slow reads in a row

	mu      sync.Mutex
	more    sync.Cond
	queue   []ahead
	known   map[ahead]bool
	workers guard.Group
}

// ahead is a file to read: a name needed by a file.
type ahead struct {
	name   string
	by     *elfFile
	origin string
	loader *loader
}

func newPrefetch(s *session) *prefetch {
	p := &prefetch{s: s, known: make(map[ahead]bool)}
	p.more.L = &p.mu
	return p
}

// begin starts the workers unless they run.
func (p *prefetch) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running.Swap(true) {
		return
	}
	for range prefetchers {
		p.workers.Go(p.work)
	}
}

// end stops the workers; what is still queued is forgotten.
func (p *prefetch) end() {
	p.mu.Lock()
	p.running.Store(false)
	p.queue = nil
	clear(p.known)
	p.more.Broadcast()
	p.mu.Unlock()
	p.workers.Wait()
}

// add queues what has not been queued before.
func (p *prefetch) add(jobs ...ahead) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, j := range jobs {
		if !p.known[j] {
			p.known[j] = true
			p.queue = append(p.queue, j)
		}
	}
	p.more.Broadcast()
}

// follow queues what f needs. What was met before that is in
// memory, and so, most likely, is what it needs.
func (p *prefetch) follow(f *elfFile, l *loader) {
	if p.running.Load() {
		p.needs(f, path.Dir(f.real), l)
	}
}

func (p *prefetch) needs(f *elfFile, origin string, l *loader) {
	if len(f.dyn.needs) > 256 {
		return
	}
	jobs := make([]ahead, len(f.dyn.needs))
	for i, n := range f.dyn.needs {
		jobs[i] = ahead{name: n.name, loader: l}
		if f.dyn.hasRunpath || f.dyn.hasRpath {
			jobs[i].by, jobs[i].origin = f, origin
		}
	}
	p.add(jobs...)
}

// work takes jobs until the end.
func (p *prefetch) work() {
	for {
		p.mu.Lock()
		for p.running.Load() && len(p.queue) == 0 {
			p.more.Wait()
		}
		if !p.running.Load() {
			p.mu.Unlock()
			return
		}
		j := p.queue[0]
		p.queue = p.queue[1:]
		p.mu.Unlock()
		p.read(j)
	}
}

// read reads the file that j means, if there is one, and queues what it needs.
func (p *prefetch) read(j ahead) {
	for _, name := range j.candidates() {
		if f := p.load(name); f != nil {
			p.needs(f, path.Dir(name), j.loader)
			return
		}
	}
}

func (p *prefetch) load(name string) *elfFile {
	n, err := p.s.root.Walk(name)
	if err != nil || !n.Info.Mode().IsRegular() {
		return nil
	}
	return p.s.store.load(n, keyOf(n))
}

// candidates are the likeliest paths of a library, the first that exists being
// meant.
func (j *ahead) candidates() (paths []string) {
	if strings.ContainsAny(j.name, "/$") {
		return nil
	}
	if j.by != nil {
		tok := tokens{origin: j.origin, lib: j.loader.lib}
		for dir := range strings.SplitSeq(j.by.dyn.rpath+":"+j.by.dyn.runpath, ":") {
			if dir, ok := tok.expand(dir); ok && strings.HasPrefix(dir, "/") && len(paths) < 8 {
				paths = append(paths, dir+"/"+j.name)
			}
		}
	}
	if c := j.loader.ldcache.Load(); c != nil && !j.loader.musl {
		if name, ok := c.choose(c.lookup(j.name), &j.loader.cpus[0], j.loader); ok {
			return append(paths, name)
		}
	}
	for _, dir := range j.loader.dirs {
		paths = append(paths, dir+j.name)
	}
	return paths
}

// timed loads o's file and begins reading ahead if that took long.
func (p *prefetch) timed(o *opened) *elfFile {
	if p.running.Load() {
		return p.s.store.load(o.node, o.key)
	}
	start := time.Now()
	f := p.s.store.load(o.node, o.key)
	switch {
	case time.Since(start) < slowRead:
		p.slow.Store(0)
	case p.slow.Add(1) > 1: // a single one may be the scheduler's doing
		p.begin()
	}
	return f
}

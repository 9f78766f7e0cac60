// Command bench measures mkrootfs beside the tools that are used in its place:
// the same job, in turn, in one run, and prints medians and ratios.
//
//	go run ./test/bench [-n RUNS] [-only REGEXP] MKROOTFS
//
// Tools that are not installed are left out, with a line that says so. Times are printed
// and not compared with limits.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"
)

// job is one table: several ways of doing the same thing.
type job struct {
	name string
	note string
	ways []way
}

// way is one row. Ratios are relative to the first row of a job.
type way struct {
	name  string
	needs []string // programs without which it is left out
	shell string   // run by bash in an empty directory; the variables are those of env
}

// sample is what one run took.
type sample struct {
	wall time.Duration
	rss  int64 // peak of the largest process, in KiB
}

func main() {
	runs := flag.Int("n", 5, "counted runs of each way, after one that is not")
	only := flag.String("only", "", "run the jobs whose names match")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: bench [-n RUNS] [-only REGEXP] MKROOTFS")
		os.Exit(2)
	}
	if err := bench(context.Background(), flag.Arg(0), *runs, regexp.MustCompile(*only)); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, tool string, runs int, only *regexp.Regexp) error {
	tool, err := filepath.Abs(tool)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "mkrootfs-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	env, err := prepare(ctx, work, tool)
	if err != nil {
		return err
	}
	for _, j := range jobs() {
		if only.MatchString(j.name) {
			if err := measure(ctx, j, work, env, runs); err != nil {
				return err
			}
		}
	}
	return nil
}

// measure runs the ways of a job in turn, A B C A B C, so that a machine whose
// speed drifts slows all of them alike.
func measure(ctx context.Context, j job, work string, env []string, runs int) error {
	fmt.Printf("\n%s\n", j.name)
	if j.note != "" {
		fmt.Println(j.note)
	}
	here, absent := present(j.ways, env)
	samples := make([][]sample, len(here))
	failed := make([]error, len(here))
	for run := range runs + 1 {
		for i, w := range here {
			if failed[i] != nil {
				continue
			}
			s, err := once(ctx, w, work, env)
			switch {
			case err != nil:
				failed[i] = err
			case run > 0:
				samples[i] = append(samples[i], s)
			}
		}
	}
	t := tabwriter.NewWriter(os.Stdout, 2, 8, 2, ' ', 0)
	fmt.Fprintln(t, "  way\tmedian\tmin–max\tratio\tpeak memory")
	for i, w := range here {
		row(t, w, samples[i], samples[0], failed[i])
	}
	for _, name := range absent {
		fmt.Fprintf(t, "  %s\n", name)
	}
	return t.Flush()
}

func row(t *tabwriter.Writer, w way, s, base []sample, failed error) {
	if failed != nil {
		fmt.Fprintf(t, "  %s\tfailed: %v\n", w.name, failed)
		return
	}
	wall := func(a, b sample) int { return int(a.wall - b.wall) }
	slices.SortFunc(s, wall)
	slices.SortFunc(base, wall)
	ratio := "-"
	if len(base) > 0 {
		ratio = fmt.Sprintf("%.2f", float64(s[len(s)/2].wall)/float64(base[len(base)/2].wall))
	}
	rss := slices.MaxFunc(s, func(a, b sample) int { return int(a.rss - b.rss) }).rss
	fmt.Fprintf(t, "  %s\t%s\t%s–%s\t%s\t%d MB\n", w.name, ms(s[len(s)/2].wall), ms(s[0].wall), ms(s[len(s)-1].wall), ratio, rss/1000)
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

// present splits ways into those whose programs are there and a line for each
// of the others.
func present(ways []way, env []string) (here []way, absent []string) {
	for _, w := range ways {
		lack := ""
		for _, p := range w.needs {
			if !available(p, env) {
				lack = p
			}
		}
		if lack == "" {
			here = append(here, w)
		} else {
			absent = append(absent, fmt.Sprintf("%s\tleft out: %s is not here", w.name, lack))
		}
	}
	return here, absent
}

// once runs a way in a new directory, which is removed untimed.
func once(ctx context.Context, w way, work string, env []string) (sample, error) {
	dir, err := os.MkdirTemp(work, "run")
	if err != nil {
		return sample{}, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.CommandContext(ctx, "bash", "-e", "-o", "pipefail", "-c", w.shell)
	cmd.Dir, cmd.Env = dir, env
	var out limited
	cmd.Stderr = &out
	start := time.Now()
	err = cmd.Run()
	wall := time.Since(start)
	if err != nil {
		return sample{}, errors.Join(err, errors.New(string(out)))
	}
	usage, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return sample{wall, usage.Maxrss}, nil
}

// limited keeps the beginning of what is written to it.
type limited []byte

func (l *limited) Write(p []byte) (int, error) {
	if room := 400 - len(*l); room > 0 {
		*l = append(*l, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

package main

import (
	"context"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// prepare builds the other tools and returns the environment of the runs: TOOL, EMPTY,
// UROOT_LDD, BIG, PLAIN, BENCH (a repository for images), and a PATH with crane.
func prepare(ctx context.Context, work, tool string) ([]string, error) {
	bin := filepath.Join(work, "bin")
	run := os.Getenv("MKROOTFS_TEST_RUN") // set by test/run.sh, which removes the images of that name
	if run == "" {
		run = fmt.Sprintf("mkrootfs-test-%d", os.Getpid())
	}
	env := append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "TOOL="+tool, "LC_ALL=C",
		"MKROOTFS_TEST_RUN="+run, "BENCH="+run+"/bench")
	if err := buildEmpty(ctx, work); err != nil {
		return nil, err
	}
	env = append(env, "EMPTY="+filepath.Join(bin, "empty"))
	for name, pkg := range map[string]string{
		"crane":    "github.com/google/go-containerregistry/cmd/crane@v0.22.1",
		"lddfiles": "github.com/u-root/u-root/cmds/core/lddfiles@v0.16.0",
	} {
		cmd := exec.CommandContext(ctx, "go", "install", pkg)
		cmd.Env = append(os.Environ(), "GOBIN="+bin, "GOFLAGS=-mod=mod")
		cmd.Dir = work
		if out, err := cmd.CombinedOutput(); err != nil {
			fmt.Printf("%s cannot be built and is left out: %s\n", name, firstLine(out))
		}
	}
	env = append(env, "UROOT_LDD="+filepath.Join(bin, "lddfiles"))
	for _, big := range []string{"/usr/lib/chromium/chromium", "/usr/bin/ffmpeg", "/usr/bin/git"} {
		if _, err := os.Stat(big); err == nil {
			env = append(env, "BIG="+big)
			fmt.Printf("the largest program here: %s\n", big)
			break
		}
	}
	list, err := programs(work)
	if err != nil {
		return nil, err
	}
	return plainArchive(ctx, work, tool, append(env, "PROGRAMS="+list)), nil
}

// programs writes a list of the dynamic programs of this machine to a file.
func programs(work string) (string, error) {
	var names []string
	for _, dir := range []string{"/usr/bin", "/usr/sbin"} {
		files, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, f := range files {
			name := filepath.Join(dir, f.Name())
			if file, err := elf.Open(name); err == nil {
				for _, p := range file.Progs {
					if p.Type == elf.PT_INTERP {
						names = append(names, name)
					}
				}
				_ = file.Close()
			}
		}
	}
	fmt.Printf("%d dynamic programs\n", len(names))
	list := filepath.Join(work, "programs")
	return list, os.WriteFile(list, []byte(strings.Join(names, "\n")+"\n"), 0o600)
}

func buildEmpty(ctx context.Context, work string) error {
	src := filepath.Join(work, "empty.go")
	if err := os.WriteFile(src, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(work, "bin", "empty"), src)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("an empty program does not build: %w: %s", err, out)
	}
	return nil
}

// plainArchive saves an image of redis-server from the engine, which stores
// layers uncompressed: what the engine alone needs to load is measured with it.
func plainArchive(ctx context.Context, work, tool string, env []string) []string {
	if !available("docker engine", env) || !available("redis-server", env) {
		return env
	}
	plain := filepath.Join(work, "plain.tar")
	script := tool + " -q redis-server -t $BENCH:engine --load >/dev/null && docker save -o " + plain + " $BENCH:engine"
	cmd := exec.CommandContext(ctx, "bash", "-c", script)
	cmd.Env = env
	if out, err := cmd.CombinedOutput(); err != nil {
		fmt.Printf("no plain archive: %s\n", firstLine(out))
		return env
	}
	return append(env, "PLAIN="+plain)
}

// available reports whether a program, a file named by a $VARIABLE, or a docker engine is
// available.
func available(what string, env []string) bool {
	script := `command -v "` + what + `"`
	if what == "docker engine" {
		script = "docker version"
	}
	if strings.HasPrefix(what, "$") {
		script = `test -n "` + what + `" && test -e "` + what + `"`
	}
	cmd := exec.Command("bash", "-c", script)
	cmd.Env = env
	return cmd.Run() == nil
}

func firstLine(out []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return line
}

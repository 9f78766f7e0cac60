//go:build linux

package zoo

// languages are interpreters, compilers, and programs that are scripts, which only "make zoo" runs.
var languages = []row{
	{name: "Rscript", packages: "r-base-core", pack: "Rscript", why: "R's standard library is larger than 1 MB, and R is a shell script that starts others", run: `Rscript -e 'cat(6*7, median(c(1,2,3)))'`, want: "^42 2"},
	{name: "erl", packages: "erlang-base", pack: "erl", why: "Erlang's standard library is larger than 1 MB", add: "--with data,helpers", run: `erl -noshell -eval 'io:format("~p~n",[lists:sum([40,2])]), halt().'`, want: "^42"},
	{name: "java", packages: "openjdk-17-jre-headless", pack: "java", why: "Java's standard library is larger than 1 MB", add: "--with data", run: "java -version", want: "openjdk version"},
	{name: "sbcl", packages: "sbcl", pack: "sbcl", why: "its data (/usr/lib/sbcl/sbcl.core) is larger than 1 MB", add: "--with data", run: `sbcl --noinform --eval '(progn (print (* 6 7)) (terpri) (exit))'`, want: "42"},
	{name: "swipl", packages: "swi-prolog-core swi-prolog-nox", pack: "swipl", why: "its library is larger than 1 MB, and the index of the library is not found", run: `swipl -g 'sum_list([40,2],X), writeln(X)' -t halt`, want: "^42"},
	{name: "gp", packages: "pari-gp", pack: "gp", run: "gp -q", stdin: "print(znorder(Mod(2, 43)) * 3)\n", want: "^42"},
	{name: "gforth", packages: "gforth", pack: "gforth", run: `gforth -e '6 7 * . bye'`, want: "42"},
	{name: "luajit", packages: "luajit", pack: "luajit", run: `luajit -e 'print(6*7, jit.version)'`, want: "^42"},
	{name: "tcsh", packages: "tcsh", pack: "tcsh", run: `tcsh -fc '@ x = 6 * 7; echo $x'`, want: "^42"},
	{name: "ksh", packages: "ksh93u+m", pack: "ksh93", run: `ksh93 -c 'print $((6*7.0))'`, want: "^42"},
	{name: "tcc", packages: "tcc libc6-dev", files: map[string]string{"a.c": hello}, pack: "tcc --copy a.c:/a.c", why: "the headers and the C library for development are not data of the compiler", add: "--package tcc --package libc6-dev", run: "tcc -run /a.c", want: "the zoo"},
	{name: "gcc", packages: "gcc libc6-dev", files: map[string]string{"a.c": hello}, pack: "gcc --copy a.c:/a.c", why: "cc1 and collect2 are started by name, and the headers belong to other packages", add: "--package gcc-12 --package cpp-12 --package binutils-x86-64-linux-gnu --package libc6-dev --package libgcc-12-dev --package linux-libc-dev as ld", run: "gcc -v -o /tmp/a /a.c", want: "collect2"},
	{name: "nasm", packages: "nasm", files: map[string]string{"a.asm": "%define x 42\nmov eax, x\n"}, pack: "nasm --copy a.asm:/a.asm", run: "nasm -E /a.asm", want: `mov eax,\s*42`},
	{name: "uglifyjs", packages: "uglifyjs", pack: "uglifyjs", why: "the modules of the package are required by relative paths", add: "--package node-uglify-js", run: "uglifyjs -c -m", stdin: "var answer = 6 * 7;\n", want: "answer=42"},
	{name: "exiftool", packages: "libimage-exiftool-perl", files: map[string]string{"a.pdf": pdf}, pack: "exiftool --copy a.pdf:/a.pdf", why: "Perl's standard library is larger than 1 MB", add: "--with data", run: "exiftool /a.pdf", want: `PDF Version +: 1.1`},
	{name: "ack", packages: "ack", pack: "ack", why: "Perl's standard library is larger than 1 MB", add: "--with data", run: "ack --nofilter root /etc/passwd", want: "root:x:0:0"},
	{name: "cowsay", packages: "cowsay", pack: "/usr/games/cowsay", why: "Perl's standard library is larger than 1 MB", add: "--with data", run: "/usr/games/cowsay zoo", want: "< zoo >"},
	{name: "cloc", packages: "cloc", files: map[string]string{"a.c": hello}, pack: "cloc --copy a.c:/src/a.c", why: "Perl's standard library is larger than 1 MB", add: "--with data", run: "cloc /src", want: `C +1 +\d`},
	{name: "asciidoctor", packages: "asciidoctor", pack: "asciidoctor", why: "Ruby's standard library is larger than 1 MB", add: "--with data", run: "asciidoctor -o - -", stdin: "= Zoo\n\nthe *zoo*\n", want: "<strong>zoo</strong>"},
	{name: "rake", packages: "rake", files: map[string]string{"Rakefile": "task(:default) { puts [6 * 7].inspect }\n"}, pack: "rake --copy Rakefile:/w/Rakefile -w /w", why: "Ruby's standard library is larger than 1 MB", add: "--with data", run: "", want: `^\[42\]`},
	{name: "rst2html", packages: "python3-docutils", pack: "rst2html", why: "Python's standard library, and data in a package that the module depends on", add: "--with data --package docutils-common", run: "rst2html", stdin: "Zoo\n===\n\nthe *zoo*\n", want: "<em>zoo</em>"},
	{name: "httpie", packages: "httpie python3", beside: "exec python3 -m http.server -b 127.0.0.1 18490", pack: "http", why: "Python's standard library is larger than 1 MB", add: "--with data", run: "http --ignore-stdin GET http://localhost:18490/", want: "Directory listing"},
	{name: "yt-dlp", packages: "yt-dlp", pack: "yt-dlp", why: "Python's standard library is larger than 1 MB", add: "--with data", run: "yt-dlp --list-extractors", want: "(?m)^youtube"},
	{name: "pygmentize", packages: "python3-pygments", pack: "pygmentize", why: "Python's standard library is larger than 1 MB", add: "--with data", run: "pygmentize -l python -f html", stdin: "def f(): pass\n", want: `class="highlight"`},
	{name: "meson", packages: "meson", files: map[string]string{"meson.build": "project('zoo')\nmessage('the ' + 'zoo')\n"}, pack: "meson --copy meson.build:/w/meson.build -w /w", why: "meson looks for ninja in PATH when it sets up a directory", add: "ninja --with data", run: "meson setup /tmp/b", want: "Message: the zoo"},
	{name: "hg", packages: "mercurial", pack: "hg", why: "Python's standard library is larger than 1 MB", add: "--with data", run: "hg --debug init /tmp/r", want: "^$"},
	{name: "borg", packages: "borgbackup", pack: "borg", why: "Python's standard library is larger than 1 MB", add: "--with data", run: "borg --show-rc init -e none /tmp/r", want: "rc 0"},
	{name: "pass", packages: "pass", pack: "pass", why: "it starts other programs", add: "--with helpers", run: "pass version", want: "the standard unix password manager"},
	{name: "python-venv", packages: "python3", before: "python3 -m venv --without-pip venv && echo 'x = 42' >venv/lib/python3.11/site-packages/zoo.py", pack: "./venv/bin/python -- -c 'import json, zoo; print(json.dumps([zoo.x]))'", why: "the directories of the virtual environment are not in the image", add: "--with data --copy venv/lib/python3.11/site-packages:/usr/lib/python3/dist-packages", run: "", want: `^\[42\]`},
	{name: "emacs", packages: "emacs-nox", pack: "emacs", why: "its Lisp files are larger than 1 MB, and it finds its dump by a composed name", add: "--package emacs-nox --package emacs-common --package emacs-bin-common --package emacs-el", run: `emacs --batch --eval '(progn (require (quote calc)) (princ (calc-eval "6*7")))'`, want: "42$"},
	{name: "vim-full", packages: "vim vim-runtime", files: map[string]string{"a.c": hello}, pack: "vim --copy a.c:/a.c", why: "its data (/usr/share/vim) is larger than 1 MB", add: "--with data", run: `vim -Nes -c 'filetype plugin on' -c 'syntax on' -c 'edit /a.c' -c 'set cindent?' -c 'redir >>/dev/stdout' -c 'echo b:current_syntax' -c 'qa!'`, want: `c\s*$`},
	{name: "bison", packages: "bison m4", files: map[string]string{"a.y": "%token A\n%%\ns: A;\n"}, pack: "bison --copy a.y:/a.y", why: "it starts m4", add: "--with helpers", run: "bison -o /dev/stdout /a.y", want: "yyparse"},
	{name: "flex", packages: "flex m4", pack: "flex", why: "it starts m4", add: "--with helpers", run: "flex -t", stdin: "%%\na puts(\"x\");\n", want: "yylex"},
	{name: "autoconf", packages: "autoconf", pack: "autoconf", why: "the script starts sed, autom4te, which is a Perl script, and m4", add: "--with data,helpers --package autoconf --package perl-base --package perl-modules-5.36 --package libperl5.36 m4 grep", run: "autoconf -", stdin: "AC_INIT(zoo,1)\nAC_OUTPUT\n", want: "Generated by GNU Autoconf"},
	{name: "cmake", packages: "cmake", files: map[string]string{"a.cmake": "include(CMakePrintHelpers)\nset(x 42)\ncmake_print_variables(x)\n"}, pack: "cmake --copy a.cmake:/a.cmake", why: "its data (/usr/share/cmake-3.25) is larger than 1 MB", add: "--with data", run: "cmake -P /a.cmake", want: `x="42"`},
	{name: "ctags", packages: "universal-ctags", files: map[string]string{"a.c": hello}, pack: "ctags --copy a.c:/a.c", why: "it starts sort", add: "--with helpers", run: "ctags -f - /a.c", want: "(?m)^main"},
	{name: "cppcheck", packages: "cppcheck", files: map[string]string{"a.c": "int main(void) { char a[2]; a[3] = 0; return a[0]; }\n"}, pack: "cppcheck --copy a.c:/a.c", why: "its data (/usr/lib/x86_64-linux-gnu/cppcheck) is larger than 1 MB", add: "--with data", run: "cppcheck /a.c", want: "arrayIndexOutOfBounds"},
	{name: "gdb", packages: "gdb", pack: "gdb", why: "the embedded Python does not start without its standard library", add: "--package libpython3.11-minimal --package libpython3.11-stdlib", run: "gdb -nx -batch -ex 'print 6*7'", want: `\$1 = 42`},
	{name: "valgrind", packages: "valgrind libc6-dbg", pack: "valgrind true", why: "the wrapper starts valgrind.bin, which starts tools that it finds by a composed name", add: "--package valgrind --package libc6-dbg", run: "valgrind true", want: "ERROR SUMMARY: 0"},
}

// hello is a program in C.
const hello = "#include <stdio.h>\nint main(void) { puts(\"the zoo\"); return 0; }\n"

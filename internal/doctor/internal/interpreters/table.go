package interpreters

// language is an interpreted language and the places of its library.
//
// A place is a directory with these placeholders: {prefix}, the parent of the directory
// of the interpreter's file; {version}, the number at the end of the name of that file;
// {triplet}, the directory of the C library below /usr/lib. A place with "*" is compared
// with the directories that the interpreter and its libraries name as strings.
type language struct {
	name string
	// programs are the names of its interpreters, without a version.
	programs []string
	// libraries are the sonames, up to the version, of libraries that are the interpreter.
	libraries []string
	places    []string
	// core are files of the standard library: a place with one of them is a part of it.
	// Any other place has the modules of other packages.
	core []string
	// skip are patterns of names in the directories of the standard library that only
	// developers need.
	skip []string
	// starts are programs of the library that the interpreter starts by a composed path.
	starts []string
	// fails is what fails without the standard library.
	fails string
}

// noStart is language.fails of an interpreter that ends at once.
const noStart = "does not start"

// languages are the known languages.
var languages = []language{
	{
		// https://docs.python.org/3/library/site.html, and getpath.py. Debian Python Policy,
		// "Module Path", for dist-packages.
		name: "Python", programs: []string{"python", "pypy"}, libraries: []string{"libpython"}, fails: noStart,
		places: []string{
			"{prefix}/lib/python{version}", "{prefix}/lib64/python{version}", "{prefix}/lib/pypy{version}",
			"/usr/lib/python3/dist-packages", "/usr/local/lib/python{version}/dist-packages",
		},
		core: []string{"os.py"},
		skip: []string{"config-*", "test", "idlelib", "turtledemo", "ensurepip"},
	},
	{
		// perlrun(1), @INC; the names of directories are privlib, archlib, vendorlib and
		// vendorarch of perl -V in Debian, Fedora and Alpine.
		name: "Perl", programs: []string{"perl"}, libraries: []string{"libperl"},
		fails: "loads no modules, not even strict,",
		places: []string{
			"/usr/lib/*/perl-base", "/usr/lib/*/perl/*", "/usr/share/perl/*", "/etc/perl", "/usr/share/perl5",
			"/usr/lib/*/perl5/*", "/usr/lib64/perl5", "/usr/lib/perl5/*", "/usr/share/perl5/*",
		},
		core: []string{"strict.pm", "Config.pm"},
	},
	{
		// ruby(1), and rbconfig.rb: rubylibdir, archdir, vendordir. RubyGems is loaded at start.
		name: "Ruby", programs: []string{"ruby"}, libraries: []string{"libruby"}, fails: noStart,
		places: []string{
			"/usr/lib/ruby/*", "/usr/lib/*/ruby/*", "/usr/lib64/ruby/*", "/usr/share/ruby", "/usr/share/rubygems",
			"/usr/lib/ruby/vendor_ruby", "/usr/share/rubygems-integration", "/usr/share/ruby/*",
		},
		core: []string{"set.rb", "rbconfig.rb", "rubygems.rb"},
	},
	{
		// tclsh(1), Tcl_Init(3): init.tcl in $tcl_library. wish(1): tk.tcl in $tk_library.
		name: "Tcl", programs: []string{"tclsh", "wish", "expect"}, libraries: []string{"libtcl"},
		fails: "does not find init.tcl",
		places: []string{
			"/usr/share/tcltk/*", "/usr/share/tcl*", "/usr/lib/tcl*", "/usr/share/tk*", "/usr/lib/tk*",
			"/usr/lib/tcltk",
		},
		core: []string{"init.tcl", "tk.tcl"},
	},
	{
		// lua(1), package.path: everything in the Lua manual is part of the interpreter.
		name: "Lua", programs: []string{"lua", "luajit"},
		places: []string{"/usr/share/lua/{version}", "/usr/lib/{triplet}/lua/{version}", "/usr/lib/lua/{version}"},
	},
	{
		// Guile Reference Manual, "Installing Site Packages": %library-dir, %site-dir and the
		// compiled files in ccache.
		name: "Guile", programs: []string{"guile"}, libraries: []string{"libguile"}, fails: noStart,
		places: []string{
			"/usr/share/guile/*", "/usr/lib/*/guile/*/ccache", "/usr/lib64/guile/*/ccache", "/usr/lib/guile/*/ccache",
			"/usr/share/guile/site/*", "/usr/lib/*/guile/*/site-ccache",
		},
		core: []string{"ice-9"},
	},
	{
		// nodejs.org, "Loading from the global folders", and the Debian JavaScript Policy, "Path":
		// the modules of node itself are part of the program.
		name: "Node.js", programs: []string{"node", "nodejs"},
		places: []string{"/usr/share/nodejs", "/usr/lib/nodejs", "/usr/lib/{triplet}/nodejs"},
	},
	{
		// R Installation and Administration, "Installation": R_HOME, and R_SHARE_DIR of Debian.
		name: "R", programs: []string{"R", "Rscript"}, fails: noStart,
		places: []string{"/usr/lib/R", "/usr/lib64/R", "/usr/share/R", "/etc/R", "/usr/local/lib/R"},
		starts: []string{"/usr/lib/R/bin/R", "/usr/lib64/R/bin/R"},
		core:   []string{"library/base", "Rprofile.site", "licenses"},
	},
	{
		// php.net, "Runtime configuration", and php-config --extension-dir: php.ini and the
		// extensions that are shared objects.
		name: "PHP", programs: []string{"php", "php-cgi", "php-fpm"}, fails: "has no extensions",
		places: []string{"/usr/lib/php/*", "/usr/lib64/php/modules", "/etc/php/*/*", "/usr/share/php"},
		core:   []string{"json.so", "ctype.so", "opcache.so", "php.ini"},
	},
	{
		// erl(1), ROOTDIR; code(3).
		name: "Erlang", programs: []string{"erl", "erlexec", "erlc", "escript", "beam.smp"}, fails: noStart,
		places: []string{"/usr/lib/erlang", "/usr/lib64/erlang", "{prefix}/lib/erlang"},
		core:   []string{"releases"},
	},
	{
		// java(1), java.home: the classes are in lib/modules, or in lib/rt.jar up to Java 8.
		name: "Java", programs: []string{"java"}, fails: noStart,
		places: []string{"{prefix}/lib", "{prefix}/conf"},
		core:   []string{"modules", "rt.jar", "net.properties"},
	},
}

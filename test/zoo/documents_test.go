//go:build linux

package zoo

// documents are programs that convert and show documents, images and sound, most of them
// with data of their own, which only "make zoo" runs.
var documents = []row{
	{name: "groff", packages: "groff groff-base", pack: "groff", why: "it starts troff and grotty, whose names it reads in a file of the device", add: "--package groff --package groff-base --with shell", run: "groff -Tascii", stdin: "the zoo\n", want: "the zoo"},
	{name: "man", packages: "man-db groff-base", files: map[string]string{"zoo.1": ".TH ZOO 1\n.SH NAME\nzoo \\- the zoo\n"}, pack: "man --copy zoo.1:/zoo.1", why: "it starts a pipeline of programs of groff", add: "--package man-db --package groff-base --package bsdextrautils --with shell,gconv", run: "man -l /zoo.1", want: "the zoo"},
	{name: "sox", packages: "sox", pack: "sox", run: "sox -n -t wav - synth 0.1 sine 440", want: "RIFF"},
	{name: "espeak-ng", packages: "espeak-ng", pack: "espeak-ng", why: "its data (/usr/lib/x86_64-linux-gnu/espeak-ng-data) is larger than 1 MB", add: "--with data", run: "espeak-ng --stdout hello", want: "^RIFF"},
	{name: "cs2cs", packages: "proj-bin", pack: "cs2cs", why: "its data (/usr/share/proj) is larger than 1 MB", add: "--with data", run: "cs2cs EPSG:4326 EPSG:3857", stdin: "50 10\n", want: "1113194"},
	{name: "ogrinfo", packages: "gdal-bin", files: map[string]string{"a.geojson": `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"zoo":42},"geometry":{"type":"Point","coordinates":[1,2]}}]}`}, pack: "ogrinfo --copy a.geojson:/a.geojson", run: "ogrinfo -al /a.geojson", want: `(?s)WGS 84.*zoo \(Integer\) = 42`},
	{name: "tesseract", packages: "tesseract-ocr tesseract-ocr-eng imagemagick-6.q16 fonts-dejavu-core", before: "convert-im6.q16 -font /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf -pointsize 48 label:'the zoo' a.png", pack: "tesseract --copy a.png:/a.png", why: "its data (/usr/share/tesseract-ocr/5/tessdata) is larger than 1 MB", add: "--with data", run: "tesseract /a.png -", want: "the zoo"},
	{name: "units", packages: "units", pack: "units", run: "units '1 mile' km", want: `1\.609`},
	{name: "figlet", packages: "figlet", pack: "figlet", run: "figlet zoo", want: `\| \(_\) \|`},
	{name: "fortune", packages: "fortune-mod fortunes-min", pack: "/usr/games/fortune", why: "the texts are in a package of their own", add: "--package fortunes-min", run: "/usr/games/fortune", want: `\w\w`},
	{name: "aspell", packages: "aspell aspell-en", pack: "aspell", why: "the dictionaries are in a package of their own", add: "--package aspell-en --package libaspell15 --copy /var/lib/aspell", run: "aspell -l en list", stdin: "the zooo\n", want: "^zooo"},
	{name: "hunspell", packages: "hunspell hunspell-en-us", pack: "hunspell", run: "hunspell -d en_US -l", stdin: "the zooo\n", want: "^zooo"},
	{name: "makeinfo", packages: "texinfo", files: map[string]string{"a.texi": "\\input texinfo\n@node Top\n@top Zoo\nthe @emph{zoo}\n@bye\n"}, pack: "makeinfo --copy a.texi:/a.texi", why: "Perl's modules, and its own modules in /usr/share/texinfo", add: "--with data --package texinfo", run: "makeinfo --plaintext -o - /a.texi", want: "the _zoo_"},
	{name: "pandoc", packages: "pandoc", pack: "pandoc", run: "pandoc -s -M title=zoo", stdin: "the *zoo*\n", want: "(?s)<title>zoo.*<em>zoo</em>"},
	{name: "pdftotext-cjk", packages: "poppler-utils poppler-data", files: map[string]string{"a.pdf": pdfChinese}, pack: "pdftotext --copy a.pdf:/a.pdf", why: "the character maps of Asian PDFs are in a package that libpoppler only recommends", add: "--package poppler-data", run: "pdftotext /a.pdf -", want: "你好"},
	{name: "qpdf", packages: "qpdf", files: map[string]string{"a.pdf": pdf}, pack: "qpdf --copy a.pdf:/a.pdf", run: "qpdf --check /a.pdf", want: "PDF Version: 1.1", fails: true},
	{name: "mutt", packages: "mutt", pack: "mutt", run: "mutt -D", want: `(?m)^markers`},
	{name: "lynx", packages: "lynx", pack: "lynx", run: "lynx -dump -stdin", stdin: "<p>the <a href='http://zoo.test/'>zoo</a></p>", want: `\[1\]zoo`},
	{name: "w3m", packages: "w3m", pack: "w3m", run: "w3m -dump -T text/html", stdin: "<p>the <b>zoo</b></p>", want: "the zoo"},
	{name: "xmlstarlet", packages: "xmlstarlet", pack: "xmlstarlet", run: "xmlstarlet sel -t -v //a", stdin: "<r><a>42</a></r>", want: "^42"},
	{name: "tidy", packages: "tidy", pack: "tidy", run: "tidy -q", stdin: "<title>zoo</title><p>the zoo", want: "</html>", fails: true},
	{name: "rrdtool", packages: "rrdtool fonts-dejavu-core", pack: "rrdtool", run: "rrdtool graph - --start 920804400 --end 920808000 HRULE:5#ff0000:zoo", want: "PNG"},
	{name: "rsvg-convert", packages: "librsvg2-bin fonts-dejavu-core", pack: "rsvg-convert", run: "rsvg-convert", stdin: `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="5" height="5"/></svg>`, want: "PNG"},
	{name: "fc-match", packages: "fontconfig fonts-dejavu-core", pack: "fc-match", why: "fonts are larger than 1 MB", add: "--with fonts", run: "fc-match sans", want: "DejaVu Sans"},
	{name: "xgettext", packages: "gettext", pack: "xgettext", run: "xgettext -L Shell -o - -", stdin: "gettext \"the zoo\"\n", want: `msgid "the zoo"`},
	{name: "mediainfo", packages: "mediainfo sox", before: "sox -n a.wav synth 1 sine 440", pack: "mediainfo --copy a.wav:/a.wav", run: "mediainfo /a.wav", want: "PCM"},
	{name: "doxygen", packages: "doxygen", files: map[string]string{"a.c": "/** the zoo */\nint zoo;\n"}, pack: "doxygen --copy a.c:/src/a.c", run: "doxygen -", stdin: "INPUT=/src\nOUTPUT_DIRECTORY=/tmp\nGENERATE_LATEX=NO\n", want: "finished"},
	{name: "maxima", packages: "maxima", pack: "maxima", why: "the script starts a Lisp that nothing in it names by a whole path", run: `maxima --very-quiet --batch-string='factor(x^2-1);'`, want: `\(x - 1\) \(x \+ 1\)`},
}

// pdfChinese has a line in GBK with a font and a CMap that the reader must have.
const pdfChinese = `%PDF-1.2
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>> endobj
4 0 obj <</Length 41>> stream
BT /F 20 Tf 9 50 Td <C4E3BAC3> Tj ET     
endstream endobj
5 0 obj <</Type/Font/Subtype/Type0/BaseFont/STSong-Light-GBK-EUC-H/Encoding/GBK-EUC-H/DescendantFonts[6 0 R]>> endobj
6 0 obj <</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/FontDescriptor 7 0 R>> endobj
7 0 obj <</Type/FontDescriptor/FontName/STSong-Light/Flags 4/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 93>> endobj
trailer <</Root 1 0 R>>
`

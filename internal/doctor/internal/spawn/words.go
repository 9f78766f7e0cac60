package spawn

import (
	"bytes"

	"github.com/mkrootfs/mkrootfs/internal/shellscript"
)

// Word is a string constant that is the name of a program.
type Word struct {
	Name string
	// Tail is set if the name is only the end of a longer string. Linkers store such a
	// string once for both.
	Tail bool
	// Run is the number of adjacent strings, with this one, that are names of programs.
	Run int
}

// The limits of Words: the bytes of a string, and the number of words.
const (
	maxWord  = 64
	maxWords = 1024
)

// Words returns the string constants that are names of programs, each once. literals calls
// yield with each string constant in the order of the file. Most words of programs that
// have many are no programs that they start, so a caller needs more evidence.
func Words(literals func(yield func([]byte) bool) error, names map[string]bool) ([]Word, error) {
	c := wordCollector{names: names, tails: map[[2]byte][]string{}, at: map[string]int{}}
	for name := range names {
		if n := len(name); n >= 2 {
			key := [2]byte{name[n-2], name[n-1]}
			c.tails[key] = append(c.tails[key], name)
		}
	}
	err := literals(func(b []byte) bool {
		c.literal(b)
		return len(c.words) < maxWords
	})
	c.endRun()
	return c.words, err
}

// wordCollector collects what Words returns.
type wordCollector struct {
	names map[string]bool
	tails map[[2]byte][]string // the names by their last two bytes
	words []Word
	at    map[string]int // the indexes of words by name
	run   []string       // the last adjacent names
}

// literal adds the words in a string constant.
func (c *wordCollector) literal(b []byte) {
	if len(b) > maxWord || len(b) < 2 {
		c.endRun()
		return
	}
	if c.names[string(b)] && !shellscript.IsBuiltin(string(b)) {
		c.run = append(c.run, string(b))
		c.add(Word{Name: string(b)})
		return
	}
	c.endRun()
	if bytes.IndexByte(b, ' ') >= 0 {
		return
	}
	for _, name := range c.tails[[2]byte{b[len(b)-2], b[len(b)-1]}] {
		if len(name) < len(b) && string(b[len(b)-len(name):]) == name && !shellscript.IsBuiltin(name) {
			c.add(Word{Name: name, Tail: true})
		}
	}
}

// add adds a word, or notes that it is a whole string.
func (c *wordCollector) add(w Word) {
	if i, ok := c.at[w.Name]; ok {
		c.words[i].Tail = c.words[i].Tail && w.Tail
		return
	}
	c.at[w.Name] = len(c.words)
	c.words = append(c.words, w)
}

// endRun sets the length of a run of adjacent names.
func (c *wordCollector) endRun() {
	for _, name := range c.run {
		w := &c.words[c.at[name]]
		w.Run = max(w.Run, len(c.run))
	}
	c.run = c.run[:0]
}

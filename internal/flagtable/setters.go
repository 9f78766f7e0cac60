package flagtable

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/mkrootfs/mkrootfs/internal/usererr"
)

// Text returns a setter that sets to.
func Text(to *string) Setter {
	return func(v string) error {
		*to = v
		return nil
	}
}

// Required is Text for a flag whose value must not be empty.
func Required(name string, to *string) Setter {
	return func(v string) error {
		if v == "" {
			return usererr.Usage("--"+name+": the value is empty", "leave the flag out, or give it a value")
		}
		*to = v
		return nil
	}
}

// List is Text for a list, to which each value is appended.
func List(to *[]string) Setter {
	return func(v string) error {
		*to = append(*to, v)
		return nil
	}
}

// Words is List for values that are comma-separated lists.
func Words(to *[]string) Setter {
	return func(v string) error {
		*to = append(*to, strings.Split(v, ",")...)
		return nil
	}
}

// Number is Text for a number of 32 bits.
func Number(to *int) Setter {
	return func(v string) error {
		n, err := strconv.ParseInt(v, 0, 32)
		if err != nil {
			return fmt.Errorf("%q is not a number", v)
		}
		*to = int(n)
		return nil
	}
}

package image

import (
	"fmt"
	"strconv"
	"strings"
)

// maxID is the largest id that engines take (moby/sys/user, maxID).
const maxID = 1<<31 - 1

// User is who a program runs as: a name or number, and optionally a group.
// A name must be in the image's own /etc/passwd, a group in its /etc/group.
type User struct {
	Name  string // name or decimal UID
	Group string // name or decimal GID; "" is the user's own group, 0 for a bare UID
}

// ParseUser takes NAME|UID[:GROUP|GID] (image-spec, config.md, "Config.User").
func ParseUser(s string) (User, error) {
	var u User
	var grouped bool
	u.Name, u.Group, grouped = strings.Cut(s, ":")
	if grouped && u.Group == "" {
		return User{}, fmt.Errorf("user %q: nothing after the colon", s)
	}
	if err := checkName(u.Name); err != nil {
		return User{}, fmt.Errorf("user %q: %w", s, err)
	}
	if !grouped {
		return u, nil
	}
	if err := checkName(u.Group); err != nil {
		return User{}, fmt.Errorf("user %q: group: %w", s, err)
	}
	return u, nil
}

// String returns the form that Config.User takes.
func (u User) String() string {
	if u.Group == "" {
		return u.Name
	}
	return u.Name + ":" + u.Group
}

// checkName refuses what no line of passwd(5) could hold, and numbers that no
// engine takes.
func checkName(s string) error {
	if s == "" || strings.ContainsAny(s, ":/ \t\n,") || s[0] == '-' {
		return fmt.Errorf("must be NAME|UID[:GROUP|GID]")
	}
	if strings.Trim(s, "0123456789") != "" {
		return nil
	}
	if n, err := strconv.ParseInt(s, 10, 64); err != nil || n > maxID {
		return fmt.Errorf("ids run from 0 to %d", maxID)
	}
	return nil
}

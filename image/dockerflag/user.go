package dockerflag

import (
	"fmt"
	"strconv"
	"strings"
)

// maxID is the largest ID that engines accept (moby/sys/user, maxID).
const maxID = 1<<31 - 1

// ParseUser parses NAME|UID[:GROUP|GID] (docker run --user; image-spec, config.md,
// "Config.User"). group is "" if there is none: an engine then uses the user's own
// group, or 0 for a UID. A name must be in the image's own /etc/passwd, a group in
// its /etc/group, which ParseUser cannot check.
func ParseUser(s string) (user, group string, err error) {
	user, group, grouped := strings.Cut(s, ":")
	if grouped && group == "" {
		return "", "", fmt.Errorf("user %q: nothing after the colon", s)
	}
	if err := checkName(user); err != nil {
		return "", "", fmt.Errorf("user %q: %w", s, err)
	}
	if !grouped {
		return user, "", nil
	}
	if err := checkName(group); err != nil {
		return "", "", fmt.Errorf("user %q: group: %w", s, err)
	}
	return user, group, nil
}

// checkName returns an error for names that passwd(5) cannot hold, and for numbers
// that no engine accepts.
func checkName(s string) error {
	if s == "" || strings.ContainsAny(s, ":/ \t\n,") || s[0] == '-' {
		return fmt.Errorf("must be NAME|UID[:GROUP|GID]")
	}
	if strings.Trim(s, "0123456789") != "" {
		return nil
	}
	if n, err := strconv.ParseInt(s, 10, 64); err != nil || n > maxID {
		return fmt.Errorf("ids must be from 0 to %d", maxID)
	}
	return nil
}

package dockerflag

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// signals are the names of signal(7), without their SIG.
var signals = strings.Fields(`HUP INT QUIT ILL TRAP ABRT IOT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM
	STKFLT CHLD CLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO POLL PWR SYS RTMIN RTMAX`)

// ParseStopSignal returns a signal in the form of the image configuration,
// SIGTERM or SIGRTMIN+3 (image-spec, config.md, "Config.StopSignal"). It takes
// that form, the same without SIG or in lower case, and a number from 1 to 64,
// which stays a number, since numbers of signals differ between architectures. Real-time signals
// are RTMIN+1 to RTMIN+15 and RTMAX-1 to RTMAX-14, as docker has them
// (moby/sys/signal, signal_linux.go).
func ParseStopSignal(s string) (string, error) {
	if n, err := strconv.Atoi(s); err == nil {
		if n < 1 || n > 64 {
			return "", fmt.Errorf("stop signal %q: a number must be from 1 to 64", s)
		}
		return strconv.Itoa(n), nil
	}
	word := strings.TrimPrefix(strings.ToUpper(s), "SIG")
	if slices.Contains(signals, word) || isRealTime(word) {
		return "SIG" + word, nil
	}
	return "", fmt.Errorf("stop signal %q: must be a name such as SIGTERM or SIGRTMIN+3, or a number", s)
}

func isRealTime(word string) bool {
	if after, ok := strings.CutPrefix(word, "RTMIN+"); ok {
		return isWithin(after, 15)
	}
	after, ok := strings.CutPrefix(word, "RTMAX-")
	return ok && isWithin(after, 14)
}

// isWithin reports whether s is a plain number from 1 to limit.
func isWithin(s string, limit int) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 1 && n <= limit && strconv.Itoa(n) == s
}

package dockerflag

import (
	"fmt"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// minHealth is the shortest time other than zero that docker accepts (moby,
// api/types/container, MinimumDuration).
const minHealth = time.Millisecond

// Health has the values of the --health flags of docker run. For a duration or
// count of zero the engine uses its default (30s, 30s, 0s, 3).
type Health struct {
	// Command is split by ParseCommand. Unlike docker's it is executed without a
	// shell, since a scratch image has none: Test is ["CMD", …]. If the first
	// word is CMD, CMD-SHELL or NONE, the words are the Test itself.
	Command                        string
	Interval, Timeout, StartPeriod time.Duration
	Retries                        int
}

// Config returns the health check of an image configuration, nil if h is zero.
func (h Health) Config() (*v1.HealthConfig, error) {
	if h == (Health{}) {
		return nil, nil
	}
	test, err := h.test()
	if err != nil {
		return nil, err
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{{"interval", h.Interval}, {"timeout", h.Timeout}, {"start period", h.StartPeriod}} {
		if d.value != 0 && d.value < minHealth {
			return nil, fmt.Errorf("health %s %v: must be 0 or at least %v", d.name, d.value, minHealth)
		}
	}
	if h.Retries < 0 {
		return nil, fmt.Errorf("health retries %d: must not be negative", h.Retries)
	}
	return &v1.HealthConfig{
		Test: test, Interval: h.Interval, Timeout: h.Timeout, StartPeriod: h.StartPeriod, Retries: h.Retries,
	}, nil
}

func (h Health) test() ([]string, error) {
	words, err := ParseCommand(h.Command)
	if err != nil {
		return nil, fmt.Errorf("health %w", err)
	}
	if len(words) == 0 {
		return nil, fmt.Errorf("health check without a command")
	}
	switch words[0] {
	case "CMD", "CMD-SHELL", "NONE":
		return words, nil
	}
	return append([]string{"CMD"}, words...), nil
}

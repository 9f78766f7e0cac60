package pack

import "github.com/mkrootfs/mkrootfs/internal/usererr"

// flagError returns the error for an invalid value of a flag, nil if err is nil.
func flagError(flag string, err error) error {
	if err == nil {
		return nil
	}
	return usererr.Usage("--"+flag+": "+err.Error(), "")
}

package elfdeps

import "context"

func isScript(f *elfFile) bool { return len(f.head) > 2 && f.head[0] == '#' && f.head[1] == '!' }

func (s *session) script(ctx context.Context, c *Closure, o *opened, names []string) {}

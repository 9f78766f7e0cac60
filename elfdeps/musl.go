package elfdeps

func (p *process) runMusl(c *Closure) {}

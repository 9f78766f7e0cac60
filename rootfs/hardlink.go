package rootfs

// linkKey is equal for entries that can be hard links of each other: an inode has
// one mode, owner and set of capabilities.
type linkKey struct {
	caps string
	id   linkID
	mode uint32
	uid  int
	gid  int
}

// joinHardLinks finds the slots that are names of one file and sets Hardlink on
// all but the first of each group. Slots are sorted by path. A slot with several
// equal claims joins the groups of all of them, so that the result does not depend
// on the order of claims.
func joinHardLinks(slots []*slot) {
	first := make(map[linkKey]int) // the first slot with a key
	group := make([]int, len(slots))
	for i, at := range slots {
		group[i] = i
		for _, c := range at.claims {
			if c.id == (linkID{}) || !c.sameLooks(at.won) {
				continue
			}
			key := linkKey{c.Xattrs[capability], c.id, uint32(c.Mode), c.UID, c.GID}
			if j, ok := first[key]; ok {
				union(group, i, j)
			} else {
				first[key] = i
			}
		}
	}
	for i, at := range slots {
		if to := find(group, i); to != i {
			linked := *at.won
			linked.Hardlink = slots[to].path
			at.won = &linked
		}
	}
}

// find returns the lowest member of i's group.
func find(group []int, i int) int {
	for group[i] != i {
		i = group[i]
	}
	return i
}

func union(group []int, i, j int) {
	a, b := find(group, i), find(group, j)
	group[max(a, b)] = min(a, b)
}

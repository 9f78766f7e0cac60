package sysroot

// ComparePaths compares clean paths by component, so that a directory sorts
// directly before its contents: "/a", "/a/b", "/a-b". A comparison of strings would
// put "/a-b" second, since "-" sorts before "/".
func ComparePaths(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		switch {
		case a[i] == b[i]:
		case a[i] == '/':
			return -1
		case b[i] == '/':
			return 1
		case a[i] < b[i]:
			return -1
		default:
			return 1
		}
	}
	return len(a) - len(b)
}

package ldcache

// compareNames compares the names of two libraries as _dl_cache_libcmp in glibc's
// dl-cache.c does: runs of digits compare as numbers, and a digit is greater than
// any other character. It also returns how many bytes of b it read. signed says
// that C's char is signed.
func compareNames[T string | []byte](a string, b T, signed bool) (order, used int) {
	at, i := 0, 0
	for i < len(a) {
		x, y := a[i], byteAt(b, at)
		switch dx, dy := digit(x), digit(y); {
		case dx && dy:
			var n, m int32 // with the overflow of C
			for ; i < len(a) && digit(a[i]); i++ {
				n = n*10 + int32(a[i]-'0')
			}
			for ; digit(byteAt(b, at)); at++ {
				m = m*10 + int32(b[at]-'0')
			}
			if n != m {
				return int(n) - int(m), at
			}
		case dx:
			return 1, at
		case dy:
			return -1, at
		case x != y:
			return char(x, signed) - char(y, signed), at
		default:
			i, at = i+1, at+1
		}
	}
	return -char(byteAt(b, at), signed), at
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

// byteAt returns b[i], or the NUL that a string of C ends with.
func byteAt[T string | []byte](b T, i int) byte {
	if i < len(b) {
		return b[i]
	}
	return 0
}

// char returns the value of a C char.
func char(b byte, signed bool) int {
	if signed {
		return int(int8(b))
	}
	return int(b)
}

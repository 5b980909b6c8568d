package places

// alphabet is what a folded key is made of.
const alphabet = " abcdefghijklmnopqrstuvwxyz0123456789"

// leastEditable is the shortest key that may hold a typing error: "pau" is near far too much.
const leastEditable = 4

// oneEdit calls visit for every run of entries that starts with a text one insertion, deletion,
// substitution or transposition of neighbours away from key (Damerau 1964 counts these four as one
// error). Every run shares key's first letters with the run before it, so that each of the about 75
// texts a letter costs a search in a few entries rather than in all.
func (x *nameIndex) oneEdit(key string, visit func(run span, size int)) {
	if len(key) < leastEditable || len(key) > x.longest+1 {
		return
	}
	var buffer [260]byte
	try := func(within span, at int, edit string, rest string) {
		text := append(append(append(buffer[:0], key[:at]...), edit...), rest...)
		if run := x.prefixed(within, string(text)); run.from < run.to {
			visit(run, len(text))
		}
	}
	within := x.all()
	for at := 0; ; at++ {
		if within.from == within.to {
			return
		}
		for i := range alphabet {
			if letter := alphabet[i : i+1]; at == len(key) || key[at] != letter[0] {
				// An insertion here of the letter that follows is the same as one behind it.
				try(within, at, letter, key[at:])
				if at < len(key) {
					try(within, at, letter, key[at+1:])
				}
			}
		}
		if at == len(key) {
			return
		}
		if at+1 < len(key) && key[at] != key[at+1] {
			try(within, at, string([]byte{key[at+1], key[at]}), key[at+2:])
		}
		if at == 0 || key[at] != key[at-1] {
			try(within, at, "", key[at+1:])
		}
		within = x.prefixed(within, key[:at+1])
	}
}

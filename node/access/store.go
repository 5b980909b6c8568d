package access

// Store keeps links, sessions and passkeys for good.
type Store interface {
	// View reads the tables as they are at one moment.
	View(func(Tx) error) error
	// Update runs one step: all of it is durable when Update returns nil, and
	// nothing of it is kept when fn fails. Steps follow one another.
	Update(fn func(Tx) error) error
	// Discard is Update for a step that only deletes: it also works on a full
	// disk, because to lock somebody out must always be possible.
	Discard(fn func(Tx) error) error
}

// Tx is one step over the tables.
type Tx interface {
	Links() Table[Link]       // by the hash of the secret
	Sessions() Table[Session] // by the hash of the cookie
	Passkeys() Table[Passkey] // by the hash of the credential's id
}

// Table holds values by their key; the field Key of what it answers is not
// set. Get wraps ErrNotFound for a key that is not there; Delete takes such
// keys. Nothing may be written within Each.
type Table[T any] interface {
	Get(ID) (T, error)
	Put(ID, T) error
	Delete(...ID) error
	Each(func(ID, T) error) error
}

// keyed are the types that a Table holds.
type keyed interface{ Link | Session | Passkey }

// collect reads what keep answers true for, with its key set by keep.
func collect[T keyed](t Table[T], keep func(ID, *T) bool) (found []T, err error) {
	err = t.Each(func(key ID, v T) error {
		if keep(key, &v) {
			found = append(found, v)
		}
		return nil
	})
	return found, err
}

// discard deletes what drop answers true for, and says how much it was.
func discard[T keyed](t Table[T], drop func(T) bool) (int, error) {
	var gone []ID
	err := t.Each(func(key ID, v T) error {
		if drop(v) {
			gone = append(gone, key)
		}
		return nil
	})
	if err != nil || len(gone) == 0 {
		return 0, err
	}
	return len(gone), t.Delete(gone...)
}

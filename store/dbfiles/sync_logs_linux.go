package dbfiles

// syncNewest goes by a descriptor of its own: on Linux that writes what others
// wrote through a mapping, too, and takes none of Badger's locks.
func (l *Logs) syncNewest() error { return l.sync(l.path(l.newest)) }

package proximity

// Count tells how many documents match, at most limit. It counts whole nodes
// where it can and orders nothing, unless After asks for more.
func (x *Index) Count(q Query, limit int) (int, error) {
	it, err := x.begin(&q)
	if err != nil {
		return 0, err
	}
	defer it.Close()
	if q.After != nil {
		it.seed()
		n := 0
		for n < limit {
			if _, ok := it.Next(); !ok {
				break
			}
			n++
		}
		return n, nil
	}
	c := counter{Iter: it, left: max(limit, 0)}
	for i := range it.sources {
		c.source = &it.sources[i]
		if o := c.source; o.levels == 0 {
			c.scan(0, o.n, &summary{}, 0)
		} else {
			c.nodes(o.levels-1, 0, o.count[o.levels-1])
		}
	}
	return max(limit, 0) - c.left, nil
}

// counter goes down the trees of one source after the other.
type counter struct {
	*Iter
	source *source
	left   int // until the limit
}

// everybody says that all living documents under a summary pass the filter.
func (c *counter) everybody(s *summary) bool {
	return c.plain && s.leastExpiry > c.hour && !c.source.asks()
}

func (c *counter) nodes(level int, from, to uint32) {
	o := c.source
	for i := from; i < to && c.left > 0; i++ {
		n := &o.list.nodes[o.from[level]+i]
		if !c.mayHold(&n.summary) || o.lacksWords(level, i) {
			continue
		}
		if chord2 := n.nearest(&c.at); chord2 > c.circle.edge || c.tooFar(&n.summary, chord2) {
			continue
		}
		switch {
		case c.everybody(&n.summary) && n.farthest(&c.at) <= c.circle.within:
			first, last := i, i+1
			for range level {
				first, last = first*fanOut, last*fanOut
			}
			begin, _ := o.leaf(first)
			_, end := o.leaf(min(last, o.count[0]) - 1)
			c.add(begin, end)
		case level == 0:
			begin, end := o.leaf(i)
			c.scan(begin, end, &n.summary, n.skips)
		default:
			c.nodes(level-1, i*fanOut, min(i*fanOut+fanOut, o.count[level-1]))
		}
	}
}

// add counts the living documents of a part of the list.
func (c *counter) add(from, to uint32) {
	o := c.source
	n := int(to - from)
	if o.posts.n == 0 {
		n -= o.dead.within(from, to)
	} else if o.dead.pages != nil {
		for i := from; i < to; i++ {
			if o.dead.has(o.document(i)) {
				n--
			}
		}
	}
	c.left -= min(n, c.left)
}

// scan counts in a leaf, run by run.
func (c *counter) scan(from, to uint32, s *summary, skips uint32) {
	o := c.source
	for i := from; i < to && c.left > 0; {
		end, stand := to, o.standOf(o.document(i))
		if skips == 0 {
			end = o.runEnd(i, to, stand)
		}
		chord2 := o.stands[stand].at.chord2(&c.at)
		switch {
		case !c.circle.holds(chord2):
		case c.everybody(s):
			c.add(i, end)
		default:
			c.each(i, end, chord2, skips)
		}
		i = end
	}
}

func (c *counter) each(from, to uint32, chord2 float64, skips uint32) {
	o := c.source
	least := uint32(0)
	for i := from; i < to && c.left > 0; i++ {
		if block := i - from; skips != 0 && block%leafDocuments == 0 && !c.mayHold(&o.list.skips[skips-1+block/leafDocuments]) {
			i += leafDocuments - 1
			continue
		}
		if doc := o.document(i); o.hasAll(doc) && o.matches(&c.filter, doc) && c.travels(&o.rows[doc], chord2, &least) {
			c.left--
		}
	}
}

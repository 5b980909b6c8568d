package store

import "context"

// Hits gives the results of a query one after the other, nearest first, for
// whoever does not know beforehand how many are needed: a team is put together
// from the next nearest of each skill. One goroutine at a time may use it.
//
// The order, and who is in it, is that of the moment when it began. A card
// that changed since comes as it is now if it still matches and still stands
// there, else it is passed over; none comes twice. Between two calls nothing
// of the database is held, so that erased text can leave the files meanwhile.
type Hits struct{ search *search }

// Iterate begins a search. Limit and MaxRead of the query are not used; its
// Cursor is where to begin. The caller closes what it gets.
func (s *Store) Iterate(ctx context.Context, q Query) (*Hits, error) {
	q.Limit, q.MaxRead = 0, 0
	search, err := s.newSearch(ctx, q)
	if err != nil {
		return nil, err
	}
	return &Hits{search}, nil
}

// Next gives the next result, and false when there is no more.
func (h *Hits) Next() (Result, bool, error) {
	r, _, ok, err := h.search.next()
	h.search.q.close()
	return r, ok, err
}

// Close ends the search. Next must not be called after it.
func (h *Hits) Close() { h.search.close() }

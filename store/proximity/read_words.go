package proximity

import "context"

// wordDocuments are gathered at a time, so that the maps that this takes stay
// small beside what is kept.
const wordDocuments = 1 << 16

// WordReader calls each for some of the documents with their words, which are
// not kept. Of a document for which it is not called no word is found: it is
// about to go. An error ends the reading.
type WordReader func(ctx context.Context, some []Placed, each func(i int, words []string)) error

// Placed is a document and the S2 leaf cell of its place.
type Placed struct {
	ID   ID
	Cell uint64
}

// readAtOnce is how many documents a WordReader is given.
const readAtOnce = 512

// ReadWords finds out the words of all documents that came without them, in
// the order of space. Until then a query for words lets them pass. Searches,
// writers and merges of other documents go on meanwhile. progress is told how
// many documents were read since it was called last.
func (x *Index) ReadWords(ctx context.Context, read WordReader, progress func(int)) error {
	for {
		l, ok := x.wordless()
		if !ok {
			return nil
		}
		w, err := x.gatherWords(ctx, l.segment, read, progress)
		if err == nil {
			l.words.Store(w)
		}
		x.write.Lock()
		delete(x.busy, l.segment)
		x.write.Unlock()
		poke(x.wake)
		if err != nil {
			return err
		}
	}
}

// Unread tells that documents were put whose words are not known.
func (x *Index) Unread() <-chan struct{} { return x.unread }

// wordless chooses a segment and keeps merges from it. While x.merge is held
// none is being merged.
func (x *Index) wordless() (living, bool) {
	x.merge.Lock()
	defer x.merge.Unlock()
	x.write.Lock()
	defer x.write.Unlock()
	for _, l := range x.view.Load().segments {
		if l.words.Load() == nil && !x.busy[l.segment] {
			x.busy[l.segment] = true
			return l, true
		}
	}
	return living{}, false
}

func (x *Index) gatherWords(ctx context.Context, s *segment, read WordReader, progress func(int)) (*words, error) {
	var parts []wordPart
	some := make([]Placed, 0, readAtOnce)
	g, base := gatherer{}, 0
	for from := 0; from < len(s.ids); from += len(some) {
		some = some[:0]
		for doc := from; doc < min(from+readAtOnce, len(s.ids)); doc++ {
			some = append(some, Placed{s.ids[doc], s.stands[s.standOf(uint32(doc))].cell})
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := read(ctx, some, func(i int, list []string) { g.add(uint32(from+i-base), list[:min(len(list), maxWords)]) })
		if err != nil {
			return nil, err
		}
		progress(len(some))
		if next := from + len(some); next%wordDocuments == 0 || next == len(s.ids) {
			parts = append(parts, wordPart{words: g.done(next - base), base: uint32(base)})
			clear(g)
			base = next
		}
	}
	return joinWords(parts, len(s.ids)), nil
}

// KnowsWord says whether a word is anywhere in memory.
func (x *Index) KnowsWord(word string) bool {
	for _, l := range x.view.Load().segments {
		if w := l.words.Load(); w != nil {
			if _, _, ok := w.find(&Word{Text: word, Whole: true}, nil); ok {
				return true
			}
		}
	}
	return false
}

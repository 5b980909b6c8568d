package dbfiles

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"slices"

	"github.com/dgraph-io/badger/v4/fb"
)

// A table is blocks, an index, and a footer: length of the index, checksum of
// the index, length of the checksum. A block is entries, their offsets, their
// number, a checksum and its length.

// checksumOf is Badger's pb.Checksum{Sum: CRC-32C} as bytes. Comparing bytes
// leaves no other algorithm to choose, which Badger would panic on.
func checksumOf(sum uint32) []byte {
	if sum == 0 {
		return nil
	}
	return binary.AppendUvarint([]byte{2 << 3}, uint64(sum))
}

// endsWithChecksum says whether data begins with the checksum sum and its
// length, and how long that is.
func beginsWithChecksum(data []byte, sum uint32) (int, bool) {
	want := checksumOf(sum)
	n := len(want) + 4
	return n, len(data) >= n && bytes.HasPrefix(data, want) && binary.BigEndian.Uint32(data[len(want):]) == uint32(len(want))
}

// span is a part of a file.
type span struct{ from, to int }

func (r *Report) inspectTable(path string, data []byte) {
	blocks, indexAt, ok := tableIndex(data)
	if !ok {
		r.Tables = append(r.Tables, Damage{path, int64(indexAt), "the index is damaged"})
		return
	}
	for _, b := range blocks {
		if !wholeBlock(data[b.from:b.to]) {
			r.Tables = append(r.Tables, Damage{path, int64(b.from), "a block is damaged"})
			return
		}
	}
}

// tableIndex reads where blocks are. It is false when the footer or the index
// is damaged, or when the blocks do not fill what lies before it.
func tableIndex(data []byte) (blocks []span, indexAt int, ok bool) {
	at := len(data) - 4
	if at < 0 {
		return nil, 0, false
	}
	sumLength := binary.BigEndian.Uint32(data[at:])
	if sumLength > 16 || at < int(sumLength)+4 {
		return nil, at, false
	}
	at -= int(sumLength)
	sum := data[at : at+int(sumLength)]
	at -= 4
	indexLength := binary.BigEndian.Uint32(data[at:])
	if int64(indexLength) > int64(at) {
		return nil, at, false
	}
	index := data[at-int(indexLength) : at]
	at -= int(indexLength)
	if !bytes.Equal(sum, checksumOf(crc32.Checksum(index, castagnoli))) {
		return nil, at, false
	}
	return indexBlocks(index, at)
}

// indexBlocks reads an index whose checksum is right.
func indexBlocks(index []byte, indexAt int) (blocks []span, at int, ok bool) {
	defer func() {
		if recover() != nil { // flatbuffers check nothing; a checksum can fit by chance
			ok = false
		}
	}()
	t := fb.GetRootAsTableIndex(index, 0)
	end := 0
	for i := range t.OffsetsLength() {
		var o fb.BlockOffset
		if !t.Offsets(&o, i) || int(o.Offset()) != end || int64(o.Len()) > int64(indexAt-end) {
			return nil, indexAt, false
		}
		blocks = append(blocks, span{end, end + int(o.Len())})
		end += int(o.Len())
	}
	return blocks, indexAt, end == indexAt && len(blocks) > 0
}

func wholeBlock(block []byte) bool {
	if len(block) < 8 {
		return false
	}
	at := len(block) - 4
	n := binary.BigEndian.Uint32(block[at:])
	if n > 16 || at < int(n)+4 {
		return false
	}
	at -= int(n)
	return bytes.Equal(block[at:at+int(n)], checksumOf(crc32.Checksum(block[:at], castagnoli)))
}

// wholeBlocks gives the blocks of a damaged table that are whole: by the
// index, or without it one after the other, each ending where its own checksum
// fits.
func wholeBlocks(data []byte) (whole []span) {
	if blocks, _, ok := tableIndex(data); ok {
		return slices.DeleteFunc(blocks, func(b span) bool { return !wholeBlock(data[b.from:b.to]) })
	}
	from, sum := 0, uint32(0)
	for at := range data {
		if n, ok := beginsWithChecksum(data[at:], sum); ok && at > from+4 {
			whole = append(whole, span{from, at + n})
			from, sum = at+n, 0
			continue
		}
		if at >= from {
			sum = crc32.Update(sum, castagnoli, data[at:at+1])
		}
	}
	return whole
}

// entry is a key with its version, and a value with its flags as the table
// holds them.
type entry struct{ key, value []byte }

// blockEntries reads a whole block. The keys share a beginning with the first.
func blockEntries(block []byte) (entries []entry) {
	at := len(block) - 4
	at -= int(binary.BigEndian.Uint32(block[at:])) + 4
	n := int(binary.BigEndian.Uint32(block[at:]))
	if n < 1 || n > at/4 {
		return nil
	}
	offsets := block[at-4*n : at]
	data := block[:at-4*n]
	var first []byte
	for i := range n {
		from, to := binary.NativeEndian.Uint32(offsets[4*i:]), uint32(len(data))
		if i+1 < n {
			to = binary.NativeEndian.Uint32(offsets[4*i+4:])
		}
		if to > uint32(len(data)) || from > to || to-from < 4 {
			return entries
		}
		e := data[from:to]
		shared, own := int(binary.NativeEndian.Uint16(e)), int(binary.NativeEndian.Uint16(e[2:]))
		if shared > len(first) || own > len(e)-4 {
			return entries
		}
		key := append(bytes.Clone(first[:shared]), e[4:4+own]...)
		if i == 0 {
			first = key
		}
		entries = append(entries, entry{key, bytes.Clone(e[4+own:])})
	}
	return entries
}

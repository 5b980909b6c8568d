package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/rogpeppe/go-internal/testscript"

	"courtcircuit/node/keyring"
	"courtcircuit/protocol"
)

func cmdInFiles(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, false, args, 2, "[!] infiles TEXT NAME…")
	for _, home := range absolutes(ts, args[1:]) {
		found, files, err := filesWith(home, args[0])
		ts.Check(err)
		if files == 0 {
			ts.Fatalf("%s: no files to look through", home)
		}
		if neg && len(found) > 0 {
			ts.Fatalf("%q is in %s", args[0], strings.Join(found, ", "))
		}
		if !neg && len(found) == 0 {
			ts.Fatalf("%q is in none of the %d files of %s", args[0], files, home)
		}
	}
}

func cmdBootstrapFile(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 1, "bootstrapfile FILE [MULTIADDR…]")
	ts.Check(writeBootstrap(ts.MkAbs(args[0]), ts.Getenv("COURTCIRCUIT_NETWORK"), args[1:]))
}

func writeBootstrap(path, network string, addrs []string) error {
	var entries []string
	for _, addr := range addrs {
		entries = append(entries, fmt.Sprintf(`    {"name": "before", "addrs": [%q]}`, addr))
	}
	text := fmt.Sprintf("{\n  \"network\": %q,\n  \"peers\": [\n%s\n  ]\n}\n", network, strings.Join(entries, ",\n"))
	return os.WriteFile(path, []byte(text), 0o600)
}

func cmdPeopleCSV(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 2, "peoplecsv FILE COUNT [FIRST]")
	count, err := strconv.Atoi(args[1])
	ts.Check(err)
	first := 0
	if len(args) > 2 {
		first, err = strconv.Atoi(args[2])
		ts.Check(err)
	}
	places := []string{"Toulouse", "Lyon", "Bordeaux", "Nantes", "Lille", "Albi", "Muret", "Castres"}
	var text strings.Builder
	text.WriteString("ref,nom,titre,commune,compétences,langues\n")
	for i := first; i < first+count; i++ {
		fmt.Fprintf(&text, "p%d,Personne %d,Métier %d,%s,graphisme;savoir %d,fr\n", i, i, i, places[i%len(places)], i)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text.String()), 0o600))
}

// cmdDropKey leaves a member's key with other nodes only, as it is for
// somebody who brought their key along and took it away again.
func cmdDropKey(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 2, "dropkey NAME ID")
	id, err := protocol.ParseID(args[1])
	ts.Check(err)
	keys, err := keyring.Open(filepath.Join(ts.MkAbs(args[0]), "keys"))
	ts.Check(err)
	if !keys.HasMember(id) {
		ts.Fatalf("%s holds no key of %s", args[0], args[1])
	}
	ts.Check(keys.RemoveMember(id))
}

// storeFormatKey is where package store keeps the format of a replica.
const storeFormatKey = "zf"

// cmdNewerStore marks a stopped node's replica as written by a program that
// does not exist yet, or takes that back.
func cmdNewerStore(ts *testscript.TestScript, neg bool, args []string) {
	format := uint32(99)
	if len(args) > 0 && args[0] == "-undo" {
		format, args = 1, args[1:]
	}
	wantArgs(ts, neg, args, 1, "newerstore [-undo] NAME")
	db, err := openReplica(ts.MkAbs(args[0]))
	ts.Check(err)
	err = db.Update(func(txn *badger.Txn) error {
		if _, err := txn.Get([]byte(storeFormatKey)); err != nil {
			return fmt.Errorf("the key of the store's format: %w", err)
		}
		return txn.Set([]byte(storeFormatKey), binary.BigEndian.AppendUint32(nil, format))
	})
	ts.Check(errors.Join(err, db.Close()))
}

// openReplica opens a stopped node's database as the node itself would write it.
func openReplica(home string) (*badger.DB, error) {
	return badger.Open(badger.DefaultOptions(filepath.Join(home, "store", "badger")).WithLogger(nil).WithCompression(options.None))
}

// cmdDamage takes a key away from a stopped node's replica, or alters the
// first byte of its value, which is where a header's signature begins.
func cmdDamage(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 2, "damage NAME FAMILY [signature]")
	db, err := openReplica(ts.MkAbs(args[0]))
	ts.Check(err)
	err = db.Update(func(txn *badger.Txn) error {
		opts := badger.DefaultIteratorOptions
		opts.Prefix = []byte(args[1])
		it := txn.NewIterator(opts)
		defer it.Close()
		it.Rewind()
		if !it.Valid() {
			return fmt.Errorf("no key of family %s", args[1])
		}
		key := it.Item().KeyCopy(nil)
		if len(args) == 2 {
			return txn.Delete(key)
		}
		value, err := it.Item().ValueCopy(nil)
		if err != nil {
			return err
		}
		value[0] ^= 1
		return txn.Set(key, value)
	})
	ts.Check(errors.Join(err, db.Close()))
}

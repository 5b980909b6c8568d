package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"courtcircuit/node/httpapi/client"
)

// notFromHere is an event id of no run: following from it answers at once, so
// that nothing can happen between the first look and the following.
const notFromHere = "before-0"

var errNodeEnded = errors.New("the node ended its events")

// await looks whenever one of the homes' nodes says that something happened,
// until look is satisfied. The error of a deadline holds what was last seen.
func await(ctx context.Context, homes []string, look func(ctx context.Context) (done bool, seen string, err error)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	wake := make(chan struct{}, 1)
	followed := make(chan struct{}, len(homes))
	for _, home := range homes {
		c, err := client.Open(home)
		if err != nil {
			return err
		}
		defer c.Close()
		go func() {
			defer func() { followed <- struct{}{} }()
			cancel(follow(ctx, c, wake))
		}()
	}
	defer func() {
		cancel(nil)
		for range homes {
			<-followed
		}
	}()
	seen := "nothing"
	for {
		select {
		case <-wake:
		case <-ctx.Done():
			return fmt.Errorf("awaited in vain (%w); last seen: %s", context.Cause(ctx), seen)
		}
		done, now, err := look(ctx)
		if ctx.Err() != nil {
			continue
		}
		if err != nil {
			return err
		}
		if seen = now; done {
			return nil
		}
	}
}

// follow wakes whoever waits at each event, until ctx ends or the node does.
// A node ends the events of a reader that is too slow for it, for instance
// while thousands of records come in; such a reader goes on where it was.
func follow(ctx context.Context, c *client.Client, wake chan<- struct{}) error {
	last := notFromHere
	for {
		before := last
		err := c.Events(ctx, last, func(e client.Event) error {
			last = e.ID
			select {
			case wake <- struct{}{}:
			default:
			}
			return nil
		})
		if err != nil || last == before {
			return errors.Join(errNodeEnded, err)
		}
	}
}

// awaitEqual waits until all replicas have the same digest.
func awaitEqual(ctx context.Context, homes []string) error {
	clients, err := openAll(homes)
	if err != nil {
		return err
	}
	defer closeAll(clients)
	return await(ctx, homes, func(ctx context.Context) (bool, string, error) {
		var seen, held []string
		equal := true
		for i, c := range clients {
			info, err := c.Info(ctx)
			if err != nil {
				return false, "", err
			}
			seen = append(seen, fmt.Sprintf("%s %.8s %v %d peers", filepath.Base(homes[i]), info.Digest, info.Counts, info.Peers))
			// The digest is of headers; only records with their body are counted.
			held = append(held, fmt.Sprint(info.Digest, info.Counts))
			equal = equal && held[i] == held[0]
		}
		return equal, strings.Join(seen, "; "), nil
	})
}

func openAll(homes []string) ([]*client.Client, error) {
	var clients []*client.Client
	for _, home := range homes {
		c, err := client.Open(home)
		if err != nil {
			closeAll(clients)
			return nil, err
		}
		clients = append(clients, c)
	}
	return clients, nil
}

func closeAll(clients []*client.Client) {
	for _, c := range clients {
		c.Close()
	}
}

// filesWith names the files below dir that hold text, byte for byte.
func filesWith(dir, text string) (found []string, files int, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone while looking: what it held went elsewhere or nowhere
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		files++
		if bytes.Contains(data, []byte(text)) {
			found = append(found, path)
		}
		return err
	})
	return found, files, err
}

// awaitForgotten looks through all files of the homes whenever one of them
// changes, until none holds any of the texts. Two looks in a row must agree:
// a text could be written anew to a file already read.
func awaitForgotten(ctx context.Context, homes, texts []string) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer watcher.Close()
	for _, home := range homes {
		err := filepath.WalkDir(home, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.IsDir() {
				return err
			}
			return watcher.Add(path)
		})
		if err != nil {
			return err
		}
	}
	start := time.Now()
	for {
		found, err := anyFileWith(homes, texts)
		if err == nil && len(found) == 0 {
			found, err = anyFileWith(homes, texts)
		}
		if err != nil || len(found) == 0 {
			return err
		}
		select {
		case <-watcher.Events:
		case err := <-watcher.Errors:
			return err
		case <-ctx.Done():
			return fmt.Errorf("%s after the erasure still in %s", time.Since(start).Round(time.Second), strings.Join(found, ", "))
		}
	}
}

func anyFileWith(homes, texts []string) ([]string, error) {
	var all []string
	for _, home := range homes {
		for _, text := range texts {
			found, files, err := filesWith(home, text)
			if err != nil {
				return nil, err
			}
			if files == 0 {
				return nil, fmt.Errorf("%s: no files to look through", home)
			}
			all = append(all, found...)
		}
	}
	return all, nil
}

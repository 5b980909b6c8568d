package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Imports of one second each get a file of their own, and none is written over.
func TestSecretsFilesOfOneSecond(t *testing.T) {
	t.Chdir(t.TempDir())
	now := time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			f, err := createSecrets("", now)
			if err != nil {
				t.Error(err)
				return
			}
			_, err = f.WriteString(strings.Repeat("x", i+1))
			if err := f.Close(); err != nil {
				t.Error(err)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	files, err := filepath.Glob("recovery-secrets-20261201-100000*.csv")
	sizes := map[int64]bool{}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", file, info.Mode())
		}
		sizes[info.Size()] = true
	}
	if err != nil || len(files) != 8 || len(sizes) != 8 {
		t.Errorf("%v: %v, sizes %v; 8 files of their own expected", err, files, sizes)
	}
	if _, err := createSecrets(files[0], now); err == nil {
		t.Error("a file that was asked for and is there was opened")
	}
}

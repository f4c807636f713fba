package store

import (
	"sync"

	"modernc.org/libc"
)

const (
	// SQLite's memory comes in blocks of powers of two, from pages of the allocator
	// that hold blocks of one size each.
	leastBlock, greatestBlock = 1 << 5, 1 << 14
	allocatorPage             = 1 << 16
	// pinnedPages is how many pages of each size stay, and pinnedLeaves how many of
	// the size that the index of words is read by: a search holds some hundred of
	// these.
	pinnedPages, pinnedLeaves, leafBlock = 16, 64, 1 << 12
)

// pinMemory has SQLite's memory stay with the process. The driver's allocator gives
// a page back to the system as soon as nothing in it is in use, and asks for it again
// with the next statement, which takes longer than most statements do; one block in
// use, which nobody uses, keeps a page.
var pinMemory = sync.OnceFunc(func() {
	tls := libc.NewTLS()
	defer tls.Close()
	for size := leastBlock; size <= greatestBlock; size *= 2 {
		var blocks []uintptr
		pages := pinnedPages
		if size == leafBlock {
			pages = pinnedLeaves
		}
		for range pages * allocatorPage / size {
			if block := libc.Xmalloc(tls, libc.Tsize_t(size)); block != 0 {
				blocks = append(blocks, block)
			}
		}
		isPinned := map[uintptr]bool{}
		for _, block := range blocks {
			if page := block &^ (allocatorPage - 1); !isPinned[page] {
				isPinned[page] = true
				continue
			}
			libc.Xfree(tls, block)
		}
	}
})

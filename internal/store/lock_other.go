//go:build !unix

package store

// Lock does nothing where the system has no advisory locks: there it is for the
// operator not to serve a data folder twice.
func Lock(string) (release func() error, err error) {
	return func() error { return nil }, nil
}

// holdFolder does nothing where the system has no advisory locks.
func holdFolder(string, func()) (release func()) { return func() {} }

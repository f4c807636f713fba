package training

import (
	"bytes"
	_ "embed" // for the starter model
	"fmt"

	"gatehouse/classifier"
)

// starterFile is the model that training/starter/README.md says how to make.
//
//go:embed starter/starter.model
var starterFile []byte

// Starter returns the model that is built into the program, for blogs that have
// taught nothing yet. It is made from public corpora and holds numbers only. It
// fails only where the program was built with another version's file.
func Starter() (*classifier.Model, error) {
	m, err := classifier.Read(bytes.NewReader(starterFile))
	if err != nil {
		return nil, fmt.Errorf("read the built-in model: %w", err)
	}
	return m, nil
}

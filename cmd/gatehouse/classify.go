package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"
)

// Bounds of `classify`.
const (
	classifyBatch = 256     // lines that are handed over at once
	classifyLine  = 1 << 20 // bytes of a line at most
	classifyWord  = 80      // bytes that a line grows by, about
)

// classifyCmd adds a model's word to a stream of comments.
type classifyCmd struct {
	Model string `placeholder:"FILE" help:"The model. Default: the built-in one."`
}

// Help describes input and output.
func (classifyCmd) Help() string {
	return `Reads one JSON object a line on standard input, each with the comment in "text", and writes the same object with ok, spam and abuse (probabilities, sum 1) and action (approve or hold) behind its own fields, in the same order. Fields of these names are replaced. Blank lines are left out, and so is a byte-order mark before the first. The first line that is no such object ends the work with status 1, after all lines before it were written.`
}

// Run classifies standard input.
func (c *classifyCmd) Run(a *app) error {
	model, err := openModel(c.Model)
	if err != nil {
		return err
	}
	s := classifyStream{model: model, jobs: make(chan *classifyJob, 2*runtime.GOMAXPROCS(0)), order: make(chan *classifyJob, 4*runtime.GOMAXPROCS(0))}
	return s.run(a)
}

// classifyJob is a batch of lines on its way.
type classifyJob struct {
	lines [][]byte
	first int // number of the first line, from 1
	out   []byte
	err   error // after what is in out
	done  chan struct{}
}

// classifyStream classifies batches on all cores and keeps their order.
type classifyStream struct {
	model *classifier.Model
	jobs  chan *classifyJob // to be worked on
	order chan *classifyJob // the same, to be written
}

// run reads, works and writes until the input or the patience ends.
func (s *classifyStream) run(a *app) error {
	for range runtime.GOMAXPROCS(0) {
		go func() {
			for job := range s.jobs {
				s.work(job)
				close(job.done)
			}
		}()
	}
	stop := make(chan struct{})
	defer close(stop)
	read := make(chan error, 1)
	go func() { read <- s.read(a.stdin, stop) }()
	out := bufio.NewWriterSize(a.stdout, 1<<16)
	for {
		select {
		case <-a.ctx.Done():
			return errors.Join(out.Flush(), a.ctx.Err())
		case job, more := <-s.order:
			if !more {
				return errors.Join(out.Flush(), <-read)
			}
			if err := s.write(out, job); err != nil {
				return errors.Join(out.Flush(), err)
			}
		}
		if len(s.order) == 0 { // whoever waits for answers gets them
			if err := out.Flush(); err != nil {
				return fmt.Errorf("write comments: %w", err)
			}
		}
	}
}

// write waits for a batch and writes it.
func (s *classifyStream) write(out io.Writer, job *classifyJob) error {
	<-job.done
	if _, err := out.Write(job.out); err != nil {
		return fmt.Errorf("write comments: %w", err)
	}
	return job.err
}

// read makes jobs of the input's lines. A batch is handed over when it is full,
// or when no more input has come yet.
func (s *classifyStream) read(in io.Reader, stop <-chan struct{}) error {
	defer close(s.order)
	defer close(s.jobs)
	r := bufio.NewReaderSize(in, classifyLine)
	job := &classifyJob{first: 1, done: make(chan struct{})}
	send := func() bool {
		if len(job.lines) == 0 {
			return true
		}
		for _, to := range []chan *classifyJob{s.jobs, s.order} {
			select {
			case to <- job:
			case <-stop:
				return false
			}
		}
		job = &classifyJob{first: job.first + len(job.lines), done: make(chan struct{})}
		return true
	}
	for {
		line, err := r.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			send()
			return fmt.Errorf("line %d: longer than %d bytes", job.first, classifyLine)
		case err != nil && !errors.Is(err, io.EOF):
			send()
			return fmt.Errorf("read comments: %w", err)
		}
		if len(line) > 0 {
			job.lines = append(job.lines, bytes.Clone(line))
		}
		if err != nil || len(job.lines) == classifyBatch || r.Buffered() == 0 {
			if !send() || err != nil {
				return nil
			}
		}
	}
}

// work classifies a batch.
func (s *classifyStream) work(job *classifyJob) {
	size := 0
	for _, line := range job.lines {
		size += len(line) + classifyWord
	}
	job.out = make([]byte, 0, size)
	for i, line := range job.lines {
		if job.first+i == 1 {
			line = withoutMark(line)
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		var err error
		if job.out, err = s.classify(job.out, line); err != nil {
			job.err = fmt.Errorf("line %d: %w", job.first+i, err)
			return
		}
	}
}

// classify appends a line's object with the model's word to out.
func (s *classifyStream) classify(out, line []byte) ([]byte, error) {
	out = append(out, '{')
	object, err := readObject(out, line)
	if err != nil {
		return out[:len(out)-1], err
	}
	sub := moderation.Submission{}
	sub.Comment.Text, sub.Parent.Author = object.text, object.parent
	p := s.model.Score(sub)
	limits := s.model.Limits()
	action := moderation.Approve
	if p.Spam >= limits.Spam || p.Abuse >= limits.Abuse {
		action = moderation.Hold
	}
	out = object.fields
	for _, l := range moderation.Labels() {
		out = append(strconv.AppendQuote(out, string(l)), ':')
		out = append(strconv.AppendFloat(out, p.Of(l), 'f', 6, 64), ',')
	}
	out = append(out, `"action":`...)
	return append(strconv.AppendQuote(out, string(action)), "}\n"...), nil
}

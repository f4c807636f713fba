package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"gatehouse/internal/moderation"
)

// ticks is how many of the system's clock ticks a second has.
const ticks = 100

// server is the program under test.
type server struct {
	program, data, address string
	metrics                string // the address of /metrics
	env                    []string
	cmd                    *exec.Cmd
	said                   bytes.Buffer
	pid                    int // of the program itself, not of what slows it down
}

// newServer prepares a program with a data folder of its own.
func newServer(ctx context.Context, s settings, each bool) (*server, error) {
	v := &server{program: s.program}
	var err error
	for _, address := range []*string{&v.address, &v.metrics} {
		if *address, err = freeAddress(ctx); err != nil {
			return nil, err
		}
	}
	if v.data, err = os.MkdirTemp(s.folder, "data-"); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	for _, word := range os.Environ() {
		if !strings.HasPrefix(word, "GATEHOUSE_") && !strings.HasPrefix(word, "TELEGRAM_") {
			v.env = append(v.env, word)
		}
	}
	v.env = append(v.env, "GATEHOUSE_DATA="+v.data, "GATEHOUSE_LOG_LEVEL=warn", "GATEHOUSE_DATABASE_COMMIT_EACH="+strconv.FormatBool(each),
		"GATEHOUSE_METRICS_LISTEN="+v.metrics,
		"GATEHOUSE_LIMITS_CONNECTIONS_PER_CLIENT="+strconv.Itoa(2*s.clients+64))
	return v, nil
}

// freeAddress returns an address on loopback that nobody listens on.
func freeAddress(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err == nil {
		err = listener.Close()
	}
	if err != nil {
		return "", fmt.Errorf("find a port: %w", err)
	}
	return listener.Addr().String(), nil
}

// addSite adds a blog and returns its secret.
func (v *server) addSite(ctx context.Context, name string) (moderation.Secret, error) {
	cmd := exec.CommandContext(ctx, v.program, "sites", "add", name, "--json")
	cmd.Env = v.env
	out, err := cmd.Output()
	if err != nil {
		return moderation.Secret{}, fmt.Errorf("add site %s: %w", name, err)
	}
	var site struct{ Secret string }
	if err := json.Unmarshal(out, &site); err != nil {
		return moderation.Secret{}, fmt.Errorf("add site %s: %w", name, err)
	}
	return moderation.NewSecret(site.Secret), nil
}

// start starts the program, with an fsync that takes longer by delay, and waits
// until it answers.
func (v *server) start(ctx context.Context, delay time.Duration) error {
	args := []string{v.program, "serve", "--listen", v.address}
	if delay > 0 {
		args = append([]string{"strace", "-f", "--seccomp-bpf", "-qqq", "-o", os.DevNull, "-e", "trace=fsync,fdatasync",
			"-e", fmt.Sprintf("inject=fsync,fdatasync:delay_enter=%d", delay.Microseconds())}, args...)
	}
	v.cmd = exec.CommandContext(context.WithoutCancel(ctx), args[0], args[1:]...) //nolint:gosec // the program that was asked for
	v.cmd.Env, v.cmd.Stderr = v.env, &v.said
	if err := v.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", args[0], err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if v.isReady(ctx) {
			break
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return errors.Join(fmt.Errorf("start %s: it does not answer:\n%s", args[0], v.said.String()), v.stop())
		}
	}
	v.pid = v.cmd.Process.Pid
	if delay > 0 {
		v.pid = childOf(v.pid)
	}
	return nil
}

func (v *server) isReady(ctx context.Context) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+v.address+"/readyz", nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// childOf returns the one child of a process.
func childOf(pid int) int {
	said, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return 0
	}
	child, _ := strconv.Atoi(strings.TrimSpace(string(said)))
	return child
}

// stop ends the program.
func (v *server) stop() error {
	if v.pid != 0 && v.pid != v.cmd.Process.Pid {
		_ = syscall.Kill(v.pid, syscall.SIGTERM) // strace ends with it
	} else {
		_ = v.cmd.Process.Signal(syscall.SIGTERM)
	}
	err := v.cmd.Wait()
	return errors.Join(err, os.RemoveAll(v.data))
}

// cpu returns how long the program has computed so far.
func (v *server) cpu() time.Duration {
	said, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", v.pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(said), ") ")
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * time.Second / ticks
}

// memory returns the most memory that the program has had, in MB.
func (v *server) memory() int {
	said, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", v.pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(said), "VmHWM:")
	kilobytes, _, _ := strings.Cut(strings.TrimSpace(after), " ")
	n, _ := strconv.Atoi(kilobytes)
	return n / 1024
}

// size returns how large the database is, in MB.
func (v *server) size() int64 {
	info, err := os.Stat(filepath.Join(v.data, "gatehouse.db"))
	if err != nil {
		return 0
	}
	return info.Size() >> 20
}

//go:build linux

package main

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatehouse/internal/moderation"
)

// The places of the package's files.
const (
	packagedProgram = "/usr/bin/gatehouse"
	packagedConfig  = "/etc/gatehouse/gatehouse.yaml"
	packagedData    = "/var/lib/gatehouse"
	packagedUnit    = "/usr/lib/systemd/system/gatehouse.service"
)

// debian is a machine on which the package is installed, upgraded and removed.
type debian struct {
	t      *testing.T
	folder string // of the packages
}

// TestDebianPackage installs the package on this machine, serves as the unit's user,
// upgrades, removes and purges it, and leaves the machine as it was.
func TestDebianPackage(t *testing.T) {
	if testing.Short() || os.Getenv("GATEHOUSE_TEST_INSTALL") != "1" {
		t.Skip("skipped: installs a Debian package: GATEHOUSE_TEST_INSTALL=1 make test does")
	}
	if _, err := exec.LookPath("dpkg"); err != nil || os.Getuid() != 0 {
		t.Skip("skipped: installing a Debian package needs Debian and root")
	}
	if exists(packagedProgram) || exists(packagedData) || exists(filepath.Dir(packagedConfig)) {
		t.Skip("skipped: gatehouse is installed on this machine, which the test would remove")
	}
	d := &debian{t: t, folder: t.TempDir()}
	first, second := d.pack("1.0.0"), d.pack("1.1.0")
	_, hadUser := user.Lookup("gatehouse")
	t.Cleanup(func() {
		exec.Command("dpkg", "--purge", "gatehouse").Run() //nolint:errcheck,noctx // it may be gone
		if hadUser != nil {
			exec.Command("userdel", "gatehouse").Run()  //nolint:errcheck,noctx // as above
			exec.Command("groupdel", "gatehouse").Run() //nolint:errcheck,noctx // as above
		}
	})
	d.run("dpkg", "-i", first)
	d.wantEnabled(true, "after the installation")
	d.examineUnit()
	service := d.serve()
	site := d.site("sites", "add", "packaged", "--json")
	client := blogClient{service.address, "packaged", moderation.NewSecret(site.Secret)}
	if status, answer, err := client.submit(t.Context(), "msg_1", []byte(`{"id": "c1", "body": "The ferry timetable for winter is out."}`)); err != nil || status != http.StatusOK || answer.Status != "approved" {
		t.Fatalf("submit: %d %+v, %v", status, answer, err)
	}
	service.stop()

	d.run("sh", "-c", "echo '# mine' >>"+packagedConfig)
	d.run("dpkg", "--force-confdef", "-i", second)
	if got := d.run("tail", "-1", packagedConfig); got != "# mine\n" {
		t.Errorf("the upgrade changed the configuration, which ends with %q", got)
	}
	service = d.serve()
	client.address = service.address
	if status, answer, err := client.submit(t.Context(), "msg_2", []byte(`{"id": "c1", "body": "The ferry timetable for winter is out."}`)); err != nil || status != http.StatusOK || !answer.Duplicate {
		t.Errorf("after the upgrade the comment is not known: %d %+v, %v", status, answer, err)
	}
	service.stop()

	d.run("dpkg", "-r", "gatehouse")
	if exists(packagedProgram) || !exists(packagedConfig) || !exists(filepath.Join(packagedData, "gatehouse.db")) {
		t.Error("remove must take the program, and keep configuration and data")
	}
	d.run("dpkg", "-i", second)
	d.wantEnabled(true, "installed again after a removal")
	d.run("systemctl", "disable", "gatehouse.service")
	d.run("dpkg", "-i", second)
	d.wantEnabled(false, "switched off by its owner, after an upgrade")
	d.run("dpkg", "--purge", "gatehouse")
	for _, left := range []string{packagedUnit, packagedData, filepath.Dir(packagedConfig)} {
		if exists(left) {
			t.Errorf("purge has left %s", left)
		}
	}
}

// wantEnabled checks whether the service starts with the machine.
func (d *debian) wantEnabled(want bool, when string) {
	d.t.Helper()
	_, err := os.Lstat("/etc/systemd/system/multi-user.target.wants/gatehouse.service")
	if got := err == nil; got != want {
		d.t.Errorf("%s: the service starts with the machine: %t, want %t", when, got, want)
	}
}

// pack makes the package of a version and returns its file.
func (d *debian) pack(version string) string {
	d.t.Helper()
	program, err := binary()
	if err != nil {
		d.t.Fatal(err)
	}
	arch := strings.TrimSpace(d.run("dpkg", "--print-architecture"))
	d.run("cp", program, filepath.Join(d.folder, "gatehouse-linux-"+arch))
	d.run("make", "-C", filepath.Join("..", ".."), "package", "DIST="+d.folder, "DEB_VERSION="+version, "DEB_ARCH="+arch)
	return filepath.Join(d.folder, "gatehouse_"+version+"_"+arch+".deb")
}

// run runs a command, which must succeed, and returns what it printed.
func (d *debian) run(name string, args ...string) string {
	d.t.Helper()
	cmd := exec.CommandContext(d.t.Context(), name, args...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		d.t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, errs.String())
	}
	return string(out)
}

// examineUnit has systemd read the unit.
func (d *debian) examineUnit() {
	d.t.Helper()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		d.t.Log("no systemd-analyze: the unit is not examined")
		return
	}
	d.run("systemd-analyze", "verify", "--man=no", packagedUnit)
	d.run("systemd-analyze", "security", "--offline=true", "--threshold=20", packagedUnit) // 0 to 100: 20 is "OK", a unit without sandbox has 96
}

// asUser returns a command that runs as the unit's user, with no more than it has.
func (d *debian) asUser(args ...string) *exec.Cmd {
	d.t.Helper()
	who, err := user.Lookup("gatehouse")
	if err != nil {
		d.t.Fatal(err)
	}
	uid, _ := strconv.ParseUint(who.Uid, 10, 32)
	gid, _ := strconv.ParseUint(who.Gid, 10, 32)
	cmd := exec.CommandContext(d.t.Context(), packagedProgram, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	cmd.Env, cmd.Dir = []string{"PATH=/usr/bin:/bin", "GATEHOUSE_DATA=" + packagedData}, packagedData
	return cmd
}

// site runs a command on the packaged configuration that prints a site.
func (d *debian) site(args ...string) siteJSON {
	d.t.Helper()
	out, err := d.asUser(append(args, "--config", packagedConfig)...).Output()
	var s siteJSON
	if err == nil {
		err = json.Unmarshal(out, &s)
	}
	if err != nil {
		d.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return s
}

// packaged is the service as the unit starts it.
type packaged struct {
	t       *testing.T
	cmd     *exec.Cmd
	address string
}

// serve carries out the unit's ExecStartPre and ExecStart as its user, on a port of
// the test's.
func (d *debian) serve() *packaged {
	d.t.Helper()
	unit, err := os.ReadFile(packagedUnit)
	if err != nil {
		d.t.Fatal(err)
	}
	for line := range strings.Lines(string(unit)) {
		if start, ok := strings.CutPrefix(strings.TrimSpace(line), "ExecStartPre="); ok {
			if out, err := d.asUser(strings.Fields(start)[1:]...).CombinedOutput(); err != nil {
				d.t.Fatalf("%s: %v\n%s", line, err, out)
			}
		}
		start, ok := strings.CutPrefix(strings.TrimSpace(line), "ExecStart=")
		if !ok {
			continue
		}
		p := &packaged{t: d.t, cmd: d.asUser(strings.Fields(start)[1:]...), address: freeAddress(d.t)}
		p.cmd.Env = append(p.cmd.Env, "GATEHOUSE_LISTEN="+p.address)
		if err := p.cmd.Start(); err != nil {
			d.t.Fatal(err)
		}
		d.t.Cleanup(func() { p.cmd.Process.Kill() }) //nolint:errcheck // it may have ended
		until(d.t, "the packaged service is ready", func() bool {
			r, err := http.Get("http://" + p.address + "/readyz") //nolint:noctx // loopback
			if err != nil {
				return false
			}
			r.Body.Close() //nolint:errcheck // nothing was read
			return r.StatusCode == http.StatusOK
		})
		return p
	}
	d.t.Fatal("the unit has no ExecStart")
	return nil
}

// stop ends the service as systemd does, within the unit's time.
func (p *packaged) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	late := time.AfterFunc(unitStopTime(p.t), func() { p.cmd.Process.Kill() }) //nolint:errcheck // it may have ended
	defer late.Stop()
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("the service ended with %v", err)
	}
}

package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"
)

// unitConfig is what differs between systemd units.
type unitConfig struct {
	Exec      string // absolute
	Home      string // absolute
	User      string // "": a user of its own for as long as the service runs
	BackupDir string // absolute, or "": a further folder to write to
	MemoryMax string // as systemd writes sizes
	LowPorts  bool   // may listen on 443 and 80
}

// stateRoot is where systemd makes and hands over the folders of services.
const stateRoot = "/var/lib/"

// unitTemplate allows what a node does and nothing else: systemd.exec(5). Each
// line that others would question says why it stands.
var unitTemplate = template.Must(template.New("unit").Parse(`[Unit]
Description=Courtcircuit node
Wants=network-online.target
After=network-online.target
# After five failures within ten minutes somebody has to look.
StartLimitIntervalSec=600
StartLimitBurst=5

[Service]
Type=exec
ExecStart={{.ExecLine}}
Restart=on-failure
RestartSec=5
# Closing writes out what is in memory; killed early, the next start takes longer and loses nothing.
TimeoutStopSec=90
UMask=0077
{{if .User}}User={{.User}}
{{else}}DynamicUser=yes
{{end}}{{range .States}}StateDirectory={{.}}
{{end}}{{if .States}}StateDirectoryMode=0700
{{end}}{{range .Writable}}ReadWritePaths={{.}}
{{end}}{{range .Bound}}BindPaths={{.}}
{{end}}
# Bounds.
MemoryMax={{.MemoryMax}}
TasksMax=512
LimitNOFILE=16384

# What it may see and do.
{{if .LowPorts}}AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
{{else}}CapabilityBoundingSet=
{{end}}NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome={{if .Bound}}tmpfs{{else}}yes{{end}}
PrivateTmp=yes
PrivateDevices=yes
{{if not .LowPorts}}PrivateUsers=yes
{{end}}ProtectHostname=yes
ProtectClock=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectProc=invisible
# Netlink tells which addresses the machine has.
RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
# Refused calls fail instead of ending the process.
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`))

// unitError names the flag that cannot be used.
type unitError struct{ flag, value, expectedID string }

func (e *unitError) Error() string { return fmt.Sprintf("--%s %q", e.flag, e.value) }

var (
	unitUser = regexp.MustCompile(`^[a-z_][a-z0-9_-]{0,30}$`)
	unitSize = regexp.MustCompile(`^([0-9]+[KMGT]?|[0-9]{1,2}%|infinity)$`)
)

// unit writes the service's file.
func (c unitConfig) unit() (string, error) {
	for _, p := range []struct{ flag, path string }{{"exec", c.Exec}, {"home", c.Home}, {"backup-dir", c.BackupDir}} {
		if p.path == "" && p.flag == "backup-dir" {
			continue
		}
		if !filepath.IsAbs(p.path) || strings.ContainsFunc(p.path, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return "", &unitError{p.flag, p.path, "service.want_path"}
		}
	}
	if c.User != "" && !unitUser.MatchString(c.User) {
		return "", &unitError{"user", c.User, "service.want_user"}
	}
	if !unitSize.MatchString(c.MemoryMax) {
		return "", &unitError{"memory-max", c.MemoryMax, "service.want_size"}
	}
	data := struct {
		unitConfig
		ExecLine                string
		States, Writable, Bound []string
	}{unitConfig: c, ExecLine: execLine(c.Exec, "--home", c.Home, "serve")}
	for _, dir := range []string{c.Home, c.BackupDir} {
		name, ok := strings.CutPrefix(filepath.Clean(dir), stateRoot)
		switch {
		case dir == "":
		case ok && !strings.Contains(name, "/"):
			data.States = append(data.States, unitPath(name))
		case c.User == "":
			// systemd hands such a folder over to nobody, and the next start may
			// have another user.
			return "", &unitError{"home", dir, "service.want_owner"}
		case underHome(dir):
			data.Bound = append(data.Bound, unitPath(filepath.Clean(dir)))
		default:
			data.Writable = append(data.Writable, unitPath(filepath.Clean(dir)))
		}
	}
	var out strings.Builder
	if err := unitTemplate.Execute(&out, data); err != nil {
		return "", fmt.Errorf("write the unit: %w", err)
	}
	return out.String(), nil
}

// underHome says that ProtectHome hides the path.
func underHome(path string) bool {
	for _, dir := range []string{"/home/", "/root/", "/run/user/"} {
		if strings.HasPrefix(filepath.Clean(path)+"/", dir) {
			return true
		}
	}
	return false
}

// execLine quotes each word: systemd.service(5) reads quotes and backslashes
// as C does, % as a specifier and, behind the program, $ as a variable.
func execLine(program string, args ...string) string {
	line := unitPath(program)
	for _, arg := range args {
		line += " " + strings.ReplaceAll(unitPath(arg), "$", "$$")
	}
	return line
}

// unitPath quotes a path where it needs it.
func unitPath(path string) string {
	escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%").Replace(path)
	if strings.ContainsAny(path, " \t\"'\\;:") {
		return `"` + escaped + `"`
	}
	return escaped
}

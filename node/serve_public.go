package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"courtcircuit/node/access"
	"courtcircuit/node/httpapi"
	"courtcircuit/node/listener"
)

const (
	// publicAddressFile tells scripts where the public listener is.
	publicAddressFile = "public-address"
	certificateFolder = "certificates"
)

// publicDoor is the public listener: the pages, and what is public of the
// interface, for the whole world.
type publicDoor struct {
	main  door
	plain *door // http beside https; nil without certificates
	certs *listener.Certificates
}

// openPublic binds the ports, so that a port already taken is found before
// the node joins the network.
func (n *Node) openPublic() error {
	if n.cfg.Public == "" {
		return n.forgetPublic()
	}
	guard, err := n.newGuard()
	if err != nil {
		return err
	}
	api, err := n.publicAPI()
	if err != nil {
		return err
	}
	packed, err := listener.Compress(api, isEventStream)
	if err != nil {
		return err
	}
	p := &publicDoor{main: door{server: httpapi.NewServer(n.cfg.Public, guard.Wrap(access.WithDoor(packed, access.Public)), n.log)}}
	p.main.server.RegisterOnShutdown(api.StopStreams)
	if len(n.cfg.Domains) > 0 {
		if p.certs, err = n.newCertificates(); err != nil {
			return err
		}
		p.main.secure, p.main.server.TLSConfig = true, p.certs.TLSConfig()
	}
	if p.main.listener, err = n.bindPublic(guard, "public", n.cfg.Public); err != nil {
		return err
	}
	n.public = p
	return n.openPlain(guard)
}

// openPlain opens http beside https.
func (n *Node) openPlain(guard *listener.Guard) error {
	if n.public.certs == nil || n.cfg.PublicHTTP == plainOff {
		return nil
	}
	origin, err := listener.ParseOrigin(n.cfg.PublicURL)
	if err != nil {
		return err
	}
	bound, err := n.bindPublic(guard, "public_http", n.cfg.PublicHTTP)
	if err != nil {
		return err
	}
	n.public.plain = &door{listener: bound, server: httpapi.NewServer(n.cfg.PublicHTTP, n.public.certs.PlainHandler(origin), n.log)}
	return nil
}

func (n *Node) bindPublic(guard *listener.Guard, setting, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return guard.Listen(l), nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("open the public page's port (%s): %s is taken, by another program; choose another, or stop that one", setting, address)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("open the public page's port (%s): %s is for privileged programs; allow this one (setcap cap_net_bind_service=+ep, or AmbientCapabilities=CAP_NET_BIND_SERVICE in its systemd unit), or choose a port above 1023 and lead the router or proxy there", setting, address)
	}
	return nil, fmt.Errorf("open the public page's port (%s): %w", setting, err)
}

func (n *Node) newGuard() (*listener.Guard, error) {
	cfg := listener.DefaultConfig()
	cfg.PublicURL, cfg.IsStream = n.cfg.PublicURL, isEventStream
	cfg.MaxStreams = maxPublicStreams
	var err error
	if cfg.Proxies, err = n.cfg.proxies(); err != nil {
		return nil, err
	}
	return listener.New(cfg, n.newPublicMeter())
}

func (n *Node) newCertificates() (*listener.Certificates, error) {
	return listener.NewCertificates(listener.CertificateConfig{
		Domains: n.cfg.Domains, Folder: filepath.Join(n.cfg.Home, certificateFolder),
		Directory: n.cfg.ACME.Directory, CAFile: n.cfg.ACME.CAFile, Email: n.cfg.ACME.Email,
		Held: n.newCertificateMeter(),
	}, n.log)
}

// publicAPI is made of the same parts as the private one.
func (n *Node) publicAPI() (*httpapi.API, error) {
	cfg, err := n.apiConfig()
	if err != nil {
		return nil, err
	}
	cfg.MaxStreams = maxPublicStreams
	return httpapi.NewPublic(cfg, publicBackend{httpBackend{n}}, n.log)
}

// isEventStream tells the answers that never end.
func isEventStream(r *http.Request) bool { return r.URL.Path == httpapi.EventsPath }

// startPublic serves until the node stops.
func (n *Node) startPublic(start func(string, func(context.Context) error)) error {
	path := filepath.Join(n.cfg.Home, publicAddressFile)
	if err := writeFileAtomic(path, []byte(n.public.main.listener.Addr().String()+"\n")); err != nil {
		return err
	}
	start("public page", func(ctx context.Context) error {
		defer os.Remove(path)
		return serveUntil(ctx, n.public.main)
	})
	if n.public.plain != nil {
		start("public page over http", func(ctx context.Context) error { return serveUntil(ctx, *n.public.plain) })
	}
	if n.public.certs != nil {
		start("certificates", n.public.certs.Run)
	}
	return nil
}

func (n *Node) closePublic() error {
	if n.public == nil {
		return nil
	}
	errs := []error{closeListener(n.public.main.listener)}
	if n.public.plain != nil {
		errs = append(errs, closeListener(n.public.plain.listener))
	}
	return errors.Join(errs...)
}

// PublicPage says where the world finds the pages: the address that they were
// given, "" when they have none, and the one listened on, "" without a public
// listener.
func (n *Node) PublicPage() (address, listening string) {
	if n.public == nil {
		return "", ""
	}
	if n.cfg.PublicURL != "" {
		address = strings.TrimSuffix(n.cfg.PublicURL, "/") + "/"
	}
	return address, n.public.main.listener.Addr().String()
}

// forgetPublic removes what a node that was killed left behind.
func (n *Node) forgetPublic() error {
	err := os.Remove(filepath.Join(n.cfg.Home, publicAddressFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

package node

import (
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/multiformats/go-multiaddr"

	"courtcircuit/node/delivery"
	"courtcircuit/node/inbox"
	"courtcircuit/node/notify"
	"courtcircuit/node/places"
	"courtcircuit/node/skills"
	"courtcircuit/node/web"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// Config says where a node lives and whom it talks to. Start from
// DefaultConfig; the zero value is not valid.
type Config struct {
	// Home is the folder that holds everything the node keeps.
	Home string
	// Network is the federation to join. Default protocol.MainNetwork.
	Network protocol.Network

	// Listen holds the multiaddrs to listen on. Port 0 is drawn once and
	// remembered in the home, so that a router's forwarding stays right.
	// Default: TCP and QUIC on every IPv4 and IPv6 address.
	Listen []string
	// Announce holds the multiaddrs that others shall dial. It also says that the node is reachable from outside, so that it relays
	// for those who are not. Default: what libp2p finds out.
	Announce []string
	// HTTP is the loopback address of the page and the API; "" opens none.
	// Default 127.0.0.1:7317.
	HTTP string
	// HTTPFallback takes another port when that one is taken (demo).
	HTTPFallback bool
	// HTTPHosts are further values of the Host header to answer to, as
	// host:port; the loopback names are always there.
	HTTPHosts []string
	// Public is the address at which the pages are for the whole world, such
	// as :8080; "" leaves them to this machine. Default with Domains: ":443".
	Public string
	// PublicURL is the one address of the public pages, scheme and host:
	// requests under other names are sent there. Default with Domains: https
	// and the first of them. Without it no absolute address is given out.
	PublicURL string
	// TrustedProxies are addresses and networks of reverse proxies, which are
	// believed about whom they speak for. Default none, or this machine when
	// Public is on loopback and there are no Domains.
	TrustedProxies []string
	// Domains are the names for which the node gets certificates by itself.
	Domains []string
	// PublicHTTP is the address of http beside Domains, which answers the
	// authority and sends readers on to https; "off" opens none. Default ":80".
	PublicHTTP string
	// ACME is the authority that certificates come from.
	ACME ACMEConfig

	// Legal is who stands behind the pages, EmbedSites who may frame them.
	Legal      web.Legal
	EmbedSites []string

	// Mail and Webhook tell coordinators of briefs, Mail also clients.
	Mail    notify.Mail
	Webhook notify.Webhook
	// Given says where settings were given, by their name in courtcircuit.toml,
	// for people to read. It outranks the console also for an empty value.
	Given map[string]string

	// DefaultBootstrap is the bootstrap.json that the program ships.
	DefaultBootstrap []byte
	// Bootstrap holds further peers to start from, each the path of a
	// bootstrap.json or one multiaddr ending in /p2p/….
	Bootstrap []string
	// MDNS finds nodes on the local network. Default on.
	MDNS bool

	// CatchUpEvery is how often the node reconciles with a random peer.
	// Default 5 minutes, ± a quarter.
	CatchUpEvery time.Duration
	// TargetPeers is how many peers of the network the node tries to stay
	// connected to, half of them dialled by itself. Default 8.
	TargetPeers int

	// Backup is what is written by itself and where.
	Backup BackupConfig
	// MinFreeBytes: below it the store takes no records. Default 512 MiB;
	// -1 switches the bound off.
	MinFreeBytes int64

	// Limits are the other bounds of what peers may take.
	Limits Limits
	// OnUpgrade is called while New brings an older replica up to date: what is
	// being done, how far, of about how much.
	OnUpgrade func(what string, done, total int)

	// Clock replaces the machine's clock wherever it is compared with the times
	// of records (tests).
	Clock func() time.Time
	// Host replaces the libp2p host (tests). The node closes it.
	Host host.Host
	// Places replaces the gazetteer (tests: one for many nodes).
	Places *places.Gazetteer
	// Skills replaces the table of skills (tests).
	Skills *skills.Table
	// Store adjusts the store's configuration before it is opened (tests).
	Store func(*store.Config)
	// Inbox adjusts the inbox's configuration (tests).
	Inbox func(*inbox.Config)
	// Delivery adjusts how messages are sent and taken (tests).
	Delivery func(*delivery.Config)

	// offline opens the home without host, bootstrap list or page, to set it
	// up or restore it.
	offline bool
}

// BackupConfig says how backups are made without being asked.
type BackupConfig struct {
	Dir        string        // "" makes none
	Passphrase string        // "" leaves the file unencrypted
	Keep       int           // how many files stay; default 7
	Every      time.Duration // default 24 h
}

// DefaultConfig gives the defaults named at each field.
func DefaultConfig(home string) Config {
	return Config{
		Home:    home,
		Network: protocol.MainNetwork,
		Listen: []string{
			"/ip4/0.0.0.0/tcp/0", "/ip4/0.0.0.0/udp/0/quic-v1",
			"/ip6/::/tcp/0", "/ip6/::/udp/0/quic-v1",
		},
		HTTP:         fmt.Sprintf("127.0.0.1:%d", DefaultHTTPPort),
		MDNS:         true,
		CatchUpEvery: 5 * time.Minute,
		TargetPeers:  8,
		Backup:       BackupConfig{Keep: 7, Every: 24 * time.Hour},
		MinFreeBytes: 512 << 20,
		Limits:       DefaultLimits(),
	}
}

// Validate names the field that cannot be used and what was expected.
func (c Config) Validate() error {
	if c.Home == "" {
		return errors.New("config home is empty, a folder expected")
	}
	if err := c.Network.Validate(); err != nil {
		return fmt.Errorf("config network: %w", err)
	}
	if c.Host == nil && len(c.Listen) == 0 {
		return errors.New("config listen is empty, at least one multiaddr expected")
	}
	for _, f := range []struct {
		name  string
		addrs []string
	}{{"listen", c.Listen}, {"announce", c.Announce}} {
		for _, s := range f.addrs {
			if _, err := multiaddr.NewMultiaddr(s); err != nil {
				return fmt.Errorf("config %s %q: %w (expected a multiaddr such as /ip4/0.0.0.0/tcp/4001)", f.name, s, err)
			}
		}
	}
	if c.HTTP != "" {
		if err := checkHTTPAddress(c.HTTP); err != nil {
			return err
		}
	}
	if err := c.validatePublic(); err != nil {
		return err
	}
	if err := (web.Config{Legal: c.Legal, EmbedSites: c.EmbedSites}).Validate(); err != nil {
		return fmt.Errorf("config %w", err)
	}
	if err := c.Mail.Validate(); err != nil {
		return fmt.Errorf("config mail.%w", err)
	}
	if err := c.Webhook.Validate(); err != nil {
		return fmt.Errorf("config webhook.%w", err)
	}
	if c.CatchUpEvery < time.Second {
		return fmt.Errorf("config catch-up every %s: at least 1s expected", c.CatchUpEvery)
	}
	if err := c.Limits.Validate(); err != nil {
		return fmt.Errorf("config %w", err)
	}
	if c.TargetPeers < 1 || c.TargetPeers > c.Limits.Connections/2 {
		return fmt.Errorf("config target peers %d: 1 to %d expected", c.TargetPeers, c.Limits.Connections/2)
	}
	if c.Backup.Dir != "" && (c.Backup.Keep < 1 || c.Backup.Every < time.Minute) {
		return fmt.Errorf("config backup: keep %d every %s: at least 1 and at least 1m expected", c.Backup.Keep, c.Backup.Every)
	}
	return nil
}

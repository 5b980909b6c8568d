package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"courtcircuit/node/httpapi/api"
)

// Info is what the node is and holds.
func (c *Client) Info(ctx context.Context) (api.Info, error) {
	return call[api.Info](ctx, c, http.MethodGet, "/info", nil, nil)
}

// Status is the node's health.
func (c *Client) Status(ctx context.Context) (api.Status, error) {
	return call[api.Status](ctx, c, http.MethodGet, "/status", nil, nil)
}

// Record is a signed record's exact bytes.
func (c *Client) Record(ctx context.Context, recordID string) ([]byte, error) {
	return c.fetch(ctx, request{method: http.MethodGet, path: pathOf("records", recordID), accept: recordType})
}

// DescribeRecord is a signed record in words.
func (c *Client) DescribeRecord(ctx context.Context, recordID string) (api.Record, error) {
	return call[api.Record](ctx, c, http.MethodGet, pathOf("records", recordID), nil, nil)
}

// SubmitRecord hands in a record that was sealed elsewhere.
func (c *Client) SubmitRecord(ctx context.Context, wire []byte) (api.Submitted, error) {
	var done api.Submitted
	answer, err := c.fetch(ctx, request{method: http.MethodPost, path: "/records", body: bytes.NewReader(wire), media: recordType, accept: jsonType})
	if err != nil {
		return done, err
	}
	if err := json.Unmarshal(answer, &done); err != nil {
		return api.Submitted{}, fmt.Errorf("read the node's answer: %w", err)
	}
	return done, nil
}

// Peers are the other nodes that the node knows.
func (c *Client) Peers(ctx context.Context) ([]api.Peer, error) {
	return list[api.Peer](ctx, c, "/peers", nil)
}

// AddPeer connects to a node by its multiaddr.
func (c *Client) AddPeer(ctx context.Context, multiaddr string) (api.Peer, error) {
	return call[api.Peer](ctx, c, http.MethodPost, "/peers", nil, map[string]string{"multiaddr": multiaddr})
}

// Bootstrap is the list of peers to start from.
func (c *Client) Bootstrap(ctx context.Context) (api.Bootstrap, error) {
	return call[api.Bootstrap](ctx, c, http.MethodGet, "/bootstrap", nil, nil)
}

// AddBootstrap adds a peer to start from.
func (c *Client) AddBootstrap(ctx context.Context, p api.BootstrapPeer) (api.Bootstrap, error) {
	return call[api.Bootstrap](ctx, c, http.MethodPost, "/bootstrap", nil, p)
}

// RemoveBootstrap takes a peer off the list.
func (c *Client) RemoveBootstrap(ctx context.Context, peerID string) (api.Bootstrap, error) {
	return call[api.Bootstrap](ctx, c, http.MethodDelete, "/bootstrap/"+url.PathEscape(peerID), nil, nil)
}

// Keys lists the identities whose keys the node holds.
func (c *Client) Keys(ctx context.Context) ([]api.Key, error) {
	return list[api.Key](ctx, c, "/keys", nil)
}

// KeyExport is a key sealed with a passphrase.
func (c *Client) KeyExport(ctx context.Context, id, passphrase string) ([]byte, error) {
	answer, err := call[struct {
		Sealed string `json:"sealed"`
	}](ctx, c, http.MethodPost, pathOf("keys", id, "export"), nil, map[string]string{"passphrase": passphrase})
	return []byte(answer.Sealed), err
}

// KeyImport takes in a sealed key.
func (c *Client) KeyImport(ctx context.Context, sealed []byte, passphrase string) (api.Key, error) {
	return call[api.Key](ctx, c, http.MethodPost, "/keys/import", nil, map[string]string{"sealed": string(sealed), "passphrase": passphrase})
}

// KeyRecover moves an identity to a new key.
func (c *Client) KeyRecover(ctx context.Context, id, recoverySecret string) (api.Key, error) {
	return call[api.Key](ctx, c, http.MethodPost, pathOf("keys", id, "recover"), nil, map[string]string{"recovery_secret": recoverySecret})
}

// backupTimeout is above what a large replica takes on a slow disk.
const backupTimeout = 30 * time.Minute

// Backup writes a backup on the node's machine; "" is its configured folder.
func (c *Client) Backup(ctx context.Context, path string) (api.Backup, error) {
	body := map[string]string{}
	if path != "" {
		body["path"] = path
	}
	ctx, cancel := context.WithTimeout(ctx, backupTimeout)
	defer cancel()
	return call[api.Backup](ctx, c, http.MethodPost, "/backup", nil, body)
}

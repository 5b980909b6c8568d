package httpapi

import (
	"context"
	"net/http"

	"courtcircuit/node/httpapi/api"
)

type exportInput struct {
	IDPath
	Body struct {
		Passphrase string `json:"passphrase" minLength:"8" maxLength:"1024" doc:"seals the file; whoever has both has the key"`
	} `nameHint:"ExportKey"`
}

type importKeyInput struct {
	Body struct {
		Sealed     string `json:"sealed" minLength:"1" maxLength:"32768" doc:"the file that an export gave"`
		Passphrase string `json:"passphrase" minLength:"1" maxLength:"1024"`
	} `nameHint:"ImportKey"`
}

type recoverInput struct {
	IDPath
	Body struct {
		RecoverySecret string `json:"recovery_secret" minLength:"1" maxLength:"256" doc:"as it was handed out, once, for paper"`
	} `nameHint:"RecoverKey"`
}

type sealedKey struct {
	ID     string `json:"id"`
	Sealed string `json:"sealed"`
}

type backupInput struct {
	Body *struct {
		Path string `json:"path,omitempty" maxLength:"4096" doc:"file on the node's machine; without it the configured folder"`
	} `nameHint:"WriteBackup"`
}

func (a *API) registerKeys() {
	register(a, route{id: "list-keys", method: http.MethodGet, path: prefix + "/keys", access: private,
		summary: "Identities whose keys this node holds"},
		func(ctx context.Context, _ *none) (*answer[list[api.Key]], error) {
			keys, err := a.backend.Keys(ctx)
			return listOf(keys), err
		})
	register(a, route{id: "export-key", method: http.MethodPost, path: prefix + "/keys/{id}/export", access: private,
		summary: "A key, sealed with a passphrase"},
		func(ctx context.Context, in *exportInput) (*answer[sealedKey], error) {
			sealed, err := a.backend.KeyExport(ctx, in.ID, in.Body.Passphrase)
			return &answer[sealedKey]{Body: sealedKey{ID: in.ID, Sealed: string(sealed)}}, err
		})
	register(a, route{id: "import-key", method: http.MethodPost, path: prefix + "/keys/import", access: private,
		summary: "Take in a sealed key"},
		func(ctx context.Context, in *importKeyInput) (*answer[api.Key], error) {
			key, err := a.backend.KeyImport(ctx, []byte(in.Body.Sealed), in.Body.Passphrase)
			return &answer[api.Key]{Body: key}, err
		})
	register(a, route{id: "recover-key", method: http.MethodPost, path: prefix + "/keys/{id}/recover", access: private,
		summary: "Move an identity to a new key with its recovery secret"},
		func(ctx context.Context, in *recoverInput) (*answer[api.Key], error) {
			key, err := a.backend.KeyRecover(ctx, in.ID, in.Body.RecoverySecret)
			return &answer[api.Key]{Body: key}, err
		})
	register(a, route{id: "write-backup", method: http.MethodPost, path: prefix + "/backup", access: private,
		summary: "Write an encrypted backup now"},
		func(ctx context.Context, in *backupInput) (*answer[api.Backup], error) {
			path := ""
			if in.Body != nil {
				path = in.Body.Path
			}
			written, err := a.backend.BackupTo(ctx, path)
			return &answer[api.Backup]{Body: written}, err
		}, slow)
}

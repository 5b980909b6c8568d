package httpapi

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"courtcircuit/node/card"
)

// API is the http.Handler of one listener: New makes the private one's,
// NewPublic the public one's.
type API struct {
	cfg     Config
	public  bool
	backend Backend
	log     *slog.Logger

	mux         *http.ServeMux
	huma        huma.API
	openAPI     []byte
	hosts       map[string]bool
	tokenSum    [32]byte
	crossOrigin *http.CrossOriginProtection

	streams   chan struct{} // one place for each event reader
	stop      chan struct{} // closed by StopStreams
	stopGuard sync.Once
}

// New builds the handler over a node. log may be nil.
func New(cfg Config, backend Backend, log *slog.Logger) (*API, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return build(cfg, backend, log, false)
}

func build(cfg Config, backend Backend, log *slog.Logger, public bool) (*API, error) {
	a := &API{
		cfg: cfg, public: public, backend: backend, log: orDiscard(log),
		mux:         http.NewServeMux(),
		hosts:       make(map[string]bool, len(cfg.Hosts)),
		tokenSum:    sumToken(cfg.Token),
		crossOrigin: http.NewCrossOriginProtection(),
		streams:     make(chan struct{}, cfg.MaxStreams),
		stop:        make(chan struct{}),
	}
	for _, host := range cfg.Hosts {
		a.hosts[strings.ToLower(host)] = true
	}
	a.huma = humago.New(a.mux, humaConfig(cfg.Version))
	a.registerRoutes()
	a.dropPrivateParts()
	// huma lists its own error form even where nothing answers it.
	delete(a.huma.OpenAPI().Components.Schemas.Map(), "ErrorModel")
	delete(a.huma.OpenAPI().Components.Schemas.Map(), "ErrorDetail")
	document, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("write openapi document: %w", err)
	}
	a.openAPI = document
	return a, nil
}

func (a *API) registerRoutes() {
	a.registerHealth()
	a.registerPlaces()
	a.registerSkills()
	a.registerProfiles()
	a.registerImport()
	a.registerCollectives()
	a.registerMissions()
	a.registerRecords()
	a.registerNetwork()
	a.registerVerify()
	a.registerEvents()
	a.registerKeys()
	a.registerModeration()
	a.registerMembers()
	a.registerBriefs()
	a.registerConsole()
}

// humaConfig leaves out huma's own pages: its documentation loads scripts
// from outside, and its schema links would put an address into every answer.
func humaConfig(version string) huma.Config {
	config := huma.DefaultConfig("Courtcircuit", version)
	config.DocsPath, config.OpenAPIPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil
	config.Transformers = []huma.Transformer{asProblem}
	config.Info.Description = "The local node of a federation of freelance collectives. Near comes first and price never ranks: " +
		"no list can be sorted. Times are RFC 3339, distances kilometres, coordinates WGS84 degrees."
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		bearer: {Type: "http", Scheme: "bearer", Description: "The content of the file api-token in the node's home."},
	}
	config.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[card.Place](), reflect.TypeFor[placeSchema]())
	return config
}

// StopStreams ends all event streams; an http.Server waits for them otherwise.
func (a *API) StopStreams() { a.stopGuard.Do(func() { close(a.stop) }) }

// placeSchema describes card.Place, which is read and written in two forms.
type placeSchema struct{}

func (placeSchema) Schema(huma.Registry) *huma.Schema {
	number := func(limit float64) *huma.Schema {
		low := -limit
		return &huma.Schema{Type: huma.TypeNumber, Minimum: &low, Maximum: &limit}
	}
	text := &huma.Schema{Type: huma.TypeString}
	return &huma.Schema{
		Description: "A name, a postcode or coordinates; published rounded to 0.01°. Answered as the object.",
		AnyOf: []*huma.Schema{
			{Type: huma.TypeString},
			{
				Type: huma.TypeObject, AdditionalProperties: false, Required: []string{"lat", "lon"},
				Properties: map[string]*huma.Schema{
					"lat": number(90), "lon": number(180),
					"name": text, "department": text, "country": text,
					"postcodes":   {Type: huma.TypeArray, Items: text},
					"approximate": {Type: huma.TypeBoolean},
				},
			},
		},
	}
}

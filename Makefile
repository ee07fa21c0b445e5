# The verbs of the project. `make` and `make help` print them.

.DEFAULT_GOAL := help
.PHONY: help run test lint bench bench-full api format compiler

WEB := client-ts/web/dist/index.html
WEB_SOURCES := $(shell git ls-files client-ts 2>/dev/null)

help: ## Print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

run: compiler $(WEB) ## Build everything and serve http://127.0.0.1:8080, with SQLite in ./data
	cargo run --release --locked --bin gala

compiler:
	@.ci/install build

test: ## Install what the tests need, then run all of them against private PostgreSQL, Redis and Chromium
	.ci/test

bench: $(WEB) ## Measure Gala beside its peers, a few seconds for each scenario; installs the peers into target/peers
	.ci/bench

bench-full: $(WEB) ## The same as long as it takes, three times, as docs/benchmarks.md tells it
	.ci/bench --full --repeat 3

lint: client-ts/node_modules/.package-lock.json ## Check format, lints, docs and generated files
	.ci/lint

format: client-ts/node_modules/.package-lock.json ## Format everything
	cargo fmt --all
	npm --prefix client-ts run format

api: client-ts/node_modules/.package-lock.json ## Write the OpenAPI document and the types made of it
	cargo run --locked --bin gala -- openapi > docs/openapi.json
	npm --prefix client-ts run generate

$(WEB): client-ts/node_modules/.package-lock.json $(WEB_SOURCES)
	npm --prefix client-ts run build
	@touch $@

client-ts/node_modules/.package-lock.json: client-ts/package-lock.json
	npm --prefix client-ts ci --no-audit --no-fund
	@touch $@

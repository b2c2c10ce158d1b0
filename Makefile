# Everything a person does here: `make run` to look at it, `make test` before a change is handed in.
# Needs Python 3.11 or newer; uses uv where there is one, else venv and pip.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
EXTRAS := test,benchmark,production,kafka,redis
PYTHON ?= python3 python3.13 python3.12 python3.11 python3.14 python
IS_FIT := import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] < (3, 15))
WWW := airflow_ops_plugin/www
PORT ?= 8080
PYTEST_ARGS ?=
# Tests wait for Airflow and Docker most of the time: two processes on two cores do not slow each other down.
TEST_PROCESSES ?= 2
export AIRFLOW_HOME ?= $(CURDIR)/.airflow

.PHONY: help install run test lint unit front-end front-end-check constraints schema secrets clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 26
	@echo
	@echo "  Variables: PORT=8080 (run), PYTHON=python3.12 (install), PYTEST_ARGS='-k sql' (test), AIRFLOW_HOME=$(AIRFLOW_HOME)"

install: $(INSTALLED) ## Create .venv with everything, at the pinned versions; does nothing when that is so already

$(INSTALLED): pyproject.toml constraints.txt
	@if [ -e $(VENV) ] && ! $(BIN)/python -c '$(IS_FIT)' 2>/dev/null; then rm -rf $(VENV); fi; \
	python=$(BIN)/python; \
	if [ ! -x $$python ]; then \
	  python=; \
	  for one in $(PYTHON); do if "$$one" -c '$(IS_FIT)' 2>/dev/null; then python=$$one; break; fi; done; \
	  [ -n "$$python" ] || { echo "make: Python 3.11 to 3.14 is needed; none of these is one: $(PYTHON)" >&2; exit 1; }; \
	fi; \
	echo "installing into $(VENV) with $$("$$python" -V) (the first time takes some minutes)"; \
	if uv --version >/dev/null 2>&1; then \
	  [ -x $(BIN)/python ] || uv venv --quiet --python "$$("$$python" -c 'import sys; print(sys.executable)')" $(VENV); \
	  uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '.[$(EXTRAS)]'; \
	else \
	  [ -x $(BIN)/python ] || "$$python" -m venv $(VENV) || \
	    { rm -rf $(VENV); echo "make: venv failed; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; \
	  $(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null; \
	  $(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[$(EXTRAS)]'; \
	fi
	@touch $@

run: $(INSTALLED) ## Start Airflow with the plugin and the templates of ./templates; Ctrl-C stops all of it
	@exec $(BIN)/airflow ops standalone --port $(PORT) --home "$(AIRFLOW_HOME)" --templates templates

test: lint unit ## Run every check and every test

lint: $(INSTALLED) ## ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(INSTALLED) ## pytest only
	$(BIN)/pytest -n $(TEST_PROCESSES) --reruns 1 --rerun-show-tracebacks $(PYTEST_ARGS)

front-end: $(WWW)/node_modules ## Build the pages of the plugin anew (needs Node 20.19 or newer)
	cd $(WWW) && npm run --silent api && npm run --silent build

front-end-check: $(WWW)/node_modules ## Check and test the pages, and that what is committed is what their sources build
	cd $(WWW) && npm run --silent api -- --check && npm run --silent format && npm run --silent types && npm run --silent test
	@fresh=$$(mktemp -d); trap 'rm -rf "$$fresh"' EXIT; \
	(cd $(WWW) && npm run --silent build -- --outDir "$$fresh" --emptyOutDir); \
	diff -r "$$fresh" $(WWW)/dist || { echo "make: $(WWW)/dist is not what its sources build; run: make front-end" >&2; exit 1; }

$(WWW)/node_modules: $(WWW)/package-lock.json
	@node -e 'const [major, minor] = process.versions.node.split("."); process.exit(major * 100 + +minor >= 2019 ? 0 : 1)' 2>/dev/null || \
	  { echo "make: Node 20.19 or newer is needed for the pages; see nodejs.org" >&2; exit 1; }
	cd $(WWW) && npm ci --silent
	@touch $@

constraints: ## Pin the newest versions that fit together on Python 3.11 to 3.13 in constraints.txt (needs uv)
	uv pip compile pyproject.toml --extra test --extra benchmark --extra production --extra kafka --extra redis \
	  --universal --python-version 3.11 --upgrade --no-header --no-annotate --no-emit-index-url --quiet --output-file constraints.txt

schema: $(INSTALLED) ## Write docs/schema/ anew: the template format, the API
	$(BIN)/airflow ops templates schema > docs/schema/template.schema.json
	$(BIN)/python -m airflow_ops_plugin.api.openapi docs/schema/ops-api.json

secrets: $(INSTALLED) ## Create the .env file that docker-compose.airflow.yml needs; never overwrites one
	@if [ -e .env ]; then echo "make: .env exists; delete it first if you want new secrets" >&2; exit 1; fi
	@umask 077; $(BIN)/airflow ops secrets > .env

clean: ## Remove .venv, the caches and the demo's data
	rm -rf $(VENV) .airflow .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

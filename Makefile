# Everything that a person does here. `make` alone lists it.

# The first Python on PATH that will do; another one: make setup PYTHON=/path/to/python3.12
PYTHON ?= $(shell for name in python3.11 python3.12 python3 python; do \
	$$name -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' \
	2>/dev/null && echo $$name && break; done)
BIN := .venv/bin
INSTALLED := .venv/installed.stamp
# Node.js knows the machine's own certificates only when told to; proxies may need them.
NPM := NODE_USE_SYSTEM_CA=1 $(BIN)/python web/npm.py
MODULES := web/node_modules/.package-lock.json
PAGE := web/dist/index.html
KERNELS := .venv/kernels.stamp
KERNEL_SOURCES := $(shell find compute -name '*.py' 2>/dev/null)
PAGE_SOURCES := $(wildcard web/src/* web/examples/* web/*.json web/*.ts) web/index.html
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	--no-annotate --no-header --group dev pyproject.toml --output-file

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test check check-code check-lock check-schema check-web \
	bench schema lock clean

help: ## list what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED) $(KERNELS) $(PAGE) ## install what is needed, compile kernels, build the page

demo: setup ## serve the sample market, and walk from a factor to a backtest
	@$(BIN)/qatlas demo

serve: setup ## serve what is catalogued
	@$(BIN)/qatlas serve

test: setup ## run all tests; some of them: make test TESTS=tests/unit
	$(BIN)/pytest $(or $(TESTS),tests)

check: setup check-code check-lock check-schema check-web ## look for faults without running anything

bench: setup ## measure what performance means here
	$(BIN)/python -m benchmarks

schema: setup ## write schema/schema.graphql
	$(BIN)/python -m server.sdl schema/schema.graphql

lock: setup ## write requirements.lock from pyproject.toml
	$(COMPILE) requirements.lock

clean: ## remove what setup made; what is in var/ stays
	rm -rf .venv web/node_modules web/dist .mypy_cache .ruff_cache .pytest_cache \
		.import_linter_cache .hypothesis

check-code:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Versions that the lock holds are kept where they still fit, so that news of the index change
# nothing; hashes are compared when they are installed.
check-lock:
	@! grep -n '://' requirements.lock || { echo "requirements.lock holds addresses."; exit 1; }
	@cp requirements.lock .venv/checked.lock
	@if $(COMPILE) .venv/checked.lock 2>.venv/checked.log; then \
		for file in requirements.lock .venv/checked.lock; do \
			grep -v -e --hash= $$file >$(CURDIR)/.venv/$$(basename $$file).versions; done; \
		diff .venv/requirements.lock.versions .venv/checked.lock.versions || \
			{ echo "requirements.lock does not fit pyproject.toml; run make lock."; exit 1; }; \
	elif grep -q -e 'Failed to fetch' -e 'error sending request' .venv/checked.log; then \
		echo "The package index cannot be reached, so requirements.lock was not compiled anew."; \
	else cat .venv/checked.log; exit 1; fi

check-schema:
	@$(BIN)/python -m server.sdl .venv/checked.graphql
	@diff schema/schema.graphql .venv/checked.graphql || \
		{ echo "schema/schema.graphql is not what the code says; run make schema."; exit 1; }

check-web:
	$(NPM) run check

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Qatlas needs Python 3.11 or 3.12 with its module venv, and \
	there is none on PATH; name one: make setup PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv

$(INSTALLED): requirements.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --no-build-isolation -e .
	@touch $@

# A minute once, and again when any of them changes.
$(KERNELS): $(INSTALLED) $(KERNEL_SOURCES)
	$(BIN)/python -m compute.warming
	@touch $@

$(MODULES): web/package.json web/package-lock.json web/.npmrc | $(INSTALLED)
	$(NPM) ci
	@touch $@

$(PAGE): $(MODULES) $(PAGE_SOURCES)
	$(NPM) run build
	@touch $@

# Works with GNU make 3.81 (macOS) and newer. `make` alone prints the targets.
SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?=
export PYTHON
# Tests and demonstration start the program hundreds of times: each start reads what the first one compiled.
unexport PYTHONDONTWRITEBYTECODE
# An index-free lock: the same file installs from any index, because every file is pinned by its hash.
COMPILE := $(VENV)-lock/bin/uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-header --quiet --python-version 3.11
GATED := tests/structure tests/unit
LONGEST := tests/e2e tests/stories # first, so that no worker waits for the other at the end
OTHERS := $(filter-out $(GATED) $(LONGEST) tests/__pycache__,$(patsubst %/,%,$(wildcard tests/*/)))
PARALLEL := -n 2 --dist loadfile
WAITING := -n 4 --dist loadfile # tests with real processes wait now and then; more than four bring nothing on two cores

.PHONY: help setup setup-test demo test check static compiled bench torture fuzz vectors texts assets pictures fmt docs lock clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

setup: $(VENV)/.run ## make .venv and install what the product needs
	@:

setup-test: $(VENV)/.test ## the same plus what the tests need
	@:

$(VENV)/.run: requirements/run.lock pyproject.toml requirements/install.sh
	@requirements/install.sh run
	@touch $@

$(VENV)/.test: requirements/test.lock $(VENV)/.run
	@requirements/install.sh test
	@touch $@

demo: setup ## a hub and eight nodes on this machine tell their story (ONCE=1: end after it instead of offering a menu)
	@$(BIN)/egnatia demo $(if $(ONCE),--once)

check: static compiled ## format, lint, types, import contracts, structure and unit tests with the coverage gate
	@$(BIN)/python -m pytest $(GATED) $(PARALLEL) --cov --cov-report=term:skip-covered

static: setup-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# Every worker reads all tests before its first one; what this leaves behind halves that. The other half of `make -j2`.
compiled: setup-test
	@$(BIN)/python -m pytest tests --collect-only --quiet --quiet >$(VENV)/.collected || { cat $(VENV)/.collected; exit 1; }

# Two runs, because tracing the hottest modules would double what the tests with real services cost.
test: check ## everything but the torture campaigns: static checks, unit tests with the coverage gate, then all others
	@$(BIN)/python -m pytest $(LONGEST) $(OTHERS) $(WAITING) --no-loadscope-reorder

torture: setup-test ## the long campaigns: crashes, floods, disks that fill up
	@$(BIN)/python -m pytest tests -m torture
	@$(BIN)/python -m pytest tests/property $(PARALLEL) --hypothesis-profile=thorough --timeout=3600

fuzz: setup-test ## change valid objects a million times per parser, for hours (ARGS="--runs 1000 core")
	@nice $(BIN)/python -m tests.fuzz $(ARGS)

vectors: setup-test ## write tests/vectors anew; the tests check only
	@$(BIN)/python -m tests.make_vectors

texts: setup-test ## collect the sentences of the desk and bring its catalogues of translations up to date
	@$(BIN)/python -m tests.make_texts

assets: ## build the desk's style sheet and script from assets/ (needs npm); the built files are committed
	@cd assets && npm ci --ignore-scripts --no-audit --no-fund --silent && node build.mjs

bench: setup-test ## measure, on this machine
	@$(BIN)/python -m bench $(ARGS)

pictures: setup-test ## the pictures of the desk in docs/images (needs chromium); look at them before you commit them
	@$(BIN)/python -m tests.make_pictures $(ARGS)

fmt: setup-test ## format, and repair what the linter can repair
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: setup-test ## write the tables of the pages and the worked example of docs/wire.md anew
	$(BIN)/python -m egnatia.wire_tables
	$(BIN)/python -m egnatia.conformance.page
	$(BIN)/python -m tests.wire_example

lock: ## solve the dependencies anew and write both lock files (UPGRADE=1: take newer versions)
	@test -x $(VENV)-lock/bin/uv || { python3 -m venv $(VENV)-lock && $(VENV)-lock/bin/pip install --quiet uv; }
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml requirements/run.in -o requirements/run.lock
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --extra postgres --extra s3 requirements/test.in \
		-c requirements/run.lock -o requirements/test.lock

clean: ## remove .venv, caches and reports
	rm -rf $(VENV) $(VENV)-lock .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	rm -rf .coverage .coverage.* htmlcov build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

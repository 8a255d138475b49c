# Everything sets itself up: a virtual environment in .venv, from lock files with hashes.

PYTHON ?= python3
ARGS ?=

VENV := .venv
RUN := $(VENV)/.installed-run
DEV := $(VENV)/.installed-dev
PIP := $(VENV)/bin/python -m pip --quiet --disable-pip-version-check

.PHONY: demo test replay fuzz chaos bench study lint format contracts plans lock clean

## demo: everything embedded in one go; ARGS="--for 30 --port 8080"
demo: $(RUN)
	@# At a terminal the demo is a job of its own, so that Ctrl-C ends it and not make.
	@if [ -t 0 ]; then set -m; fi; $(VENV)/bin/egard demo $(ARGS)

## test: unit, integration, real Kafka where Java and Maven are; ARGS="-k promise"
test: $(DEV)
	@$(VENV)/bin/python -m pytest $(ARGS)

## replay: over 400,000 events on Apache Kafka, killed and frozen meanwhile, and a million while Kafka crashes
replay: $(DEV)
	@$(VENV)/bin/python -m pytest -m long -s -v tests/kafka $(ARGS)

## fuzz: 200,000 malformed requests and records, each accounted for; ARGS="--count 20000 --seed 7"
fuzz: $(DEV)
	@$(VENV)/bin/python -m tests.fuzz $(ARGS)

## chaos: everything dies, freezes and is cut off under load, then the books are read; ARGS="--minutes 20 --seed 7"
chaos: $(DEV)
	@$(VENV)/bin/python -m tests.chaos $(ARGS)

## bench: how fast, as ratios against a ceiling measured in the same run; ARGS=gateway for one of them
bench: $(DEV)
	@$(VENV)/bin/python -m tests.bench $(ARGS)

## study: how far the score can be trusted, written to docs/study.md; ARGS=simulator for one of its parts
study: $(DEV)
	@$(VENV)/bin/python -m tests.study $(ARGS)

## lint: style, types, and who may import whom
lint: $(DEV)
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

format: $(DEV)
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

## contracts: the contracts that the repository keeps, anew; released schemas are added to, never changed
contracts: RELEASE ?= 1.0
contracts: $(DEV)
	@rm -rf docs/contracts/schemas
	@$(VENV)/bin/egard schemas --out docs/contracts
	@$(VENV)/bin/egard schemas --out docs/contracts/released/$(RELEASE) --only-new
	@$(VENV)/bin/egard openapi --out docs/contracts/openapi.json
	@$(VENV)/bin/egard asyncapi --out docs/contracts/asyncapi.json
	@$(VENV)/bin/egard strategy schema --out docs/contracts/strategy.json
	@for one in docs/contracts/released/*; do $(VENV)/bin/egard schemas --against $$one || exit 1; done

## plans: the query plans that the repository keeps, anew; look at what changes
plans: $(DEV)
	@$(VENV)/bin/python -m tests.integration.plans

## lock: the lock files anew, from pyproject.toml (needs uv)
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--extra embedded --extra build pyproject.toml -o requirements/run.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--extra embedded --extra build --extra dev -c requirements/run.lock pyproject.toml -o requirements/dev.lock
	for one in quix faust; do uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header requirements/bench-$$one.in -o requirements/bench-$$one.lock || exit 1; done

clean:
	rm -rf $(VENV) .egard .cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "egard: Python 3.11 or newer is needed; try make PYTHON=python3.12." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "egard: this Python has no venv module; on Debian and Ubuntu install python3-venv." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(RUN): requirements/run.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing into $(VENV) …"
	@$(PIP) install --require-hashes -r requirements/run.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements/dev.lock $(RUN)
	@echo "Installing what the tests need …"
	@$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@

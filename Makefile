# A thin front: the workflow is the Snakefile, and plain `snakemake --cores 2` does the same.
#
# Stages in the order data flows, and what each writes below results/{area}/. A stage runs what it
# needs of those before it, and only what changed.
#   make grid          grid.json, area.geojson: the pixels that every raster lies on
#   make scenes        sources/{source}/{edition}/mosaic.vrt: imagery, composed block by block
#   make products      sources/{source}/{edition}/aligned.tif: maps made by others, on the grid
#   make fetch         of scenes and products, what is asked of services: then a machine without a
#                      network makes the rest, by OFFLINE=1
#   make statistics    periods/{period}/statistics/: whole-area numbers, where a method asks for them
#   make layers        periods/{period}/layers/: the descriptors
#   make checks        periods/{period}/checks/: whether the layers can be relied on
#   make stack         periods/{period}/stack/: the layers in one raster, validity, levels 3 and 4
#   make legends       periods/{period}/legends/: maps in legends of others that `legend` of the config names
#   make le_lccs       periods/{period}/le_lccs/: the layers as le_lccs reads them, and its configuration
#   make pictures      periods/{period}/pictures/: maps with legends, and a sheet of them all
#   make images        periods/{period}/images/: NDVI and the like, those the config names or else the
#                      notebook's, each with a picture
#   make change        change/{earlier}/{later}/: gain and loss of each layer, level 3 from class to
#                      class, in hectares and as a map; where the config has several periods
#   make confidence    periods/{period}/confidence/: how sure each layer and level 3 is of each pixel, and
#                      what that is made of
#   make accuracy      periods/{period}/accuracy/: how right the maps are by the points that `reference` of
#                      the config names (of the sample its own): accuracy, areas with intervals, errors
#   make provenance    periods/{period}/: ATTRIBUTION.txt, whom to credit; METHODS.md and data.bib, the data
#                      for a paper; provenance.json, of what and by what it was made; the same for catalogues and archives: item.json (STAC),
#                      ro-crate-metadata.json
#   make qgis          periods/{period}/lccs.qgz: a project of all its maps, with legends; and styles, so
#                      that each opens in its colours
#   make zarr          periods/{period}/lccs.zarr: a copy of all its maps for xarray; docs/explore.ipynb
#                      opens it
#   make report        periods/{period}/report.html: a page of the maps, to switch and to swipe, with their
#                      numbers, checks, lineage and costs; results/report.html: the pictures, and how
#                      jobs ran
#
# Commands
#   make run           the stages up to qgis; without CONFIG, of the embedded sample
#   make init          write mine.yaml for AREA=my.gpkg YEAR=2021 ACCOUNTS=clms, of what is there for
#                      them; asks for what is not said. CRS=EPSG:..., OUT=other.yaml, and
#                      SCENES=catalogue/catalog.json for Sentinel-2 on a disk
#   make doctor        whether this machine and the services of CONFIG work, and what to do if not;
#                      doctor.json, its record, has no secrets: send it with a report
#   make plan          what a run will take: scenes, requests, bytes, disk, memory, core-hours, time,
#                      and of Earth Engine its share of the quota; what is unknown is ?. PILOT=5
#                      measures five scenes or tiles of each source, ALLOW=1 goes on whatever the share
#   make explain       why the pixel AT=6.62,46.38 (or AT=E,N in the grid's CRS) is what it is: for each
#                      layer the method that decided, from which values, and the smallest change that
#                      makes it another; then level 3. PERIOD=2018 for one of several, ARGS=--json
#   make sample-design points to interpret, N=500 of the classes of level 3, ALLOCATION=neyman (proportional,
#                      equal): says what to expect of each, then draws them with SEED=1 and writes
#                      OUT=sample.gpkg. CHIPS=1 with pictures, ACCURACY=0.85 as supposed, PERIOD, AREA
#   make offers        which ways to have the products of a config are open, and what CLMS offers
#   make offers-lock   pin the products that a config takes from CLMS or the Copernicus Data Space
#   make catalogue     a STAC catalogue of the scenes in a folder: FROM="my scenes", CATALOGUE=file.json
#                      to write; other GeoTIFFs by PATTERN='{tile}_{date}_{band}.tif' SENSOR=sentinel2
#   make archive       a finished run in one file, OUT=my-paper.tar.gz: code, config, small inputs, which
#                      scenes and tasks; INPUTS=1 with what services delivered. No secret is in it
#   make repeat        in the folder that an archive was unpacked to: hold it against its checksums, make
#                      the run again, and tell whether its rasters are the same. OFFLINE=1 asks nobody
#   make verify        whether results are what was written: names each file that is missing, cut short or
#                      changed; REMAKE=1 removes these, so that the next run makes them
#   make clean         remove results and caches
#   make clean-imagery remove what was kept of remote imagery, and say what that frees
#   make test lint format bench test-browser test-slurm test-wheels audit   what developers run
#   make soak          runs of the workflow under KILLS=1000 kills, damage, a full disk and no network, and
#                      CASES=1000000 of odd input; SEED=7, MINUTES=1 of harm for a short one. docs/soak.md
#   make mutation      how many small faults in the code that decides values the unit tests notice, for all or
#                      some modules: ARGS="rasters/grid layers/level3"; CONTRIBUTING.md has the last scores
#   make coverage      how many lines and branches of the library the unit tests run, or those of ARGS
#   make recorded FROM=doctor.json   tests of what services answered to somebody
#   make schema lock              write anew what is generated: schema and tables, pinned packages
#
# PROFILE=slurm runs the stages on a cluster, as profiles/slurm says: docs/clusters.md. OFFLINE=1 asks
# no service: a job that would have to ends at once, and says so. TRUST=host may have your tokens though
# it is no host of the service: docs/accounts.md.
#
# CONFIG="my area.yaml" names one file that goes over config.yaml. ARGS="-n" and the like go to the
# program that is run, and so do several files: ARGS="--configfile one.yaml two.yaml".

PYTHON ?= python3
CORES ?= all
CONFIG ?=
ARGS ?=
PROFILE ?=
OFFLINE ?=
KILLS ?= 1000
CASES ?= 1000000
TRUST ?=
BIN := $(or $(LCCS_INPUTS_IMAGE),.venv)/bin
STAGES := grid scenes products fetch statistics layers checks stack legends le_lccs pictures images change confidence accuracy provenance qgis zarr report
export PYTHONPATH := scripts
export LCCS_INPUTS_OFFLINE := $(OFFLINE)
ifneq ($(value TRUST),)
  export LCCS_INPUTS_TRUST_HOSTS := $(value TRUST)
endif

# One word for the shell, whatever the path holds, but for the ~ of a home.
quoted = $(if $($1),$(subst '~/,~/','$(subst ','\'',$(value $1))'))
config := $(call quoted,CONFIG)
config_args := $(if $(CONFIG),--configfile $(config))
where := $(if $(PROFILE),--workflow-profile profiles/$(PROFILE),--cores $(CORES))
dry_run := $(filter -n --dry-run --dryrun,$(ARGS))
ifneq ($(and $(CONFIG),$(findstring --configfile,$(ARGS))),)
  $(error CONFIG is one file: to give several, name them all in ARGS="--configfile ..." instead)
endif
ifneq ($(and $(PROFILE),$(if $(wildcard profiles/$(PROFILE)/profile.yaml),,absent)),)
  $(error PROFILE: profiles/$(PROFILE)/profile.yaml is not there; name a folder of profiles/)
endif

# What was said on the command line of make, as words for the shell.
init_names := AREA YEAR ACCOUNTS PROJECT CRS LAYER WHERE SCENES OUT
init_words = $(foreach name,$(init_names),$(if $(filter command,$(origin $(name))),\
  $(name)='$(subst ','\'',$(value $(name)))'))
catalogue_words = $(foreach name,CATALOGUE PATTERN SENSOR BANDS,$(if $(filter command,$(origin $(name))),\
  $(option_$(name)) $(call quoted,$(name))))
design_words = $(foreach name,N ALLOCATION SEED ACCURACY AREA PERIOD OUT,\
  $(if $(filter command,$(origin $(name))),$(option_$(name))=$(call quoted,$(name))))
option_N := --points
option_ALLOCATION := --allocation
option_SEED := --seed
option_ACCURACY := --accuracy
option_AREA := --area
option_PERIOD := --period
option_OUT := --out
option_CATALOGUE := --catalogue
option_PATTERN := --pattern
option_SENSOR := --sensor
option_BANDS := --bands

needs_from = $(if $(value FROM),,$(error say what of: make $@ FROM=$1))

.PHONY: help run $(STAGES) init doctor recorded plan explain sample-design offers offers-lock catalogue archive \
  repeat verify clean clean-imagery test test-browser test-slurm test-wheels soak mutation coverage audit lint format \
  bench schema lock
.DEFAULT_GOAL := help
.NOTPARALLEL: # two stages at a time would wait for each other's lock

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

run $(STAGES): .venv/ready
	@$(BIN)/python -m lccs_inputs.commands.runlock --cores=$(CORES) $(config)
	@$(BIN)/snakemake $(filter $(STAGES),$@) --logger stages $(where) $(ARGS) $(config_args)
	@$(after_$@)

after_run = $(if $(ARGS),,$(BIN)/python -m lccs_inputs.commands.results $(config))
after_accuracy = $(if $(ARGS),,$(BIN)/python -m lccs_inputs.commands.accuracy $(config))
after_confidence = $(if $(ARGS),,$(BIN)/python -m lccs_inputs.commands.confidence $(config))
after_report = $(if $(dry_run),,$(BIN)/snakemake report $(ARGS) --report results/report.html $(config_args) \
  && $(BIN)/python -m lccs_inputs.commands.results $(config))

init: .venv/ready
	@$(BIN)/python -m lccs_inputs.commands.init $(init_words) $(ARGS)

doctor: .venv/ready
	@$(BIN)/python -m lccs_inputs.commands.doctor $(config) $(ARGS)

recorded: .venv/ready
	@$(call needs_from,doctor.json)
	@$(BIN)/python -m lccs_inputs.commands.doctor --keep $(call quoted,FROM)

plan: .venv/ready
	@$(BIN)/python -m lccs_inputs.commands.plan_run $(config) --pilot=$(or $(PILOT),3) --cores=$(CORES) \
	  $(if $(ALLOW),--allow) $(ARGS)

explain: .venv/ready
	@$(if $(value AT),,$(error say where: make explain AT=6.62,46.38))
	@$(BIN)/python -m lccs_inputs.commands.explain $(config) --at=$(call quoted,AT) \
	  $(if $(PERIOD),--period $(call quoted,PERIOD)) $(ARGS)

sample-design: .venv/ready
	@$(BIN)/python -m lccs_inputs.commands.sample_design $(config) $(design_words) \
	  $(if $(CHIPS),--chips) $(ARGS)

offers: .venv/ready
	@$(BIN)/python -m lccs_inputs.commands.offers $(config) $(ARGS)

offers-lock: .venv/ready
	@$(BIN)/python -m lccs_inputs.commands.offers_lock $(config) $(ARGS)

catalogue: .venv/ready
	@$(call needs_from,folder)
	@$(BIN)/python -m lccs_inputs.commands.catalogue $(call quoted,FROM) $(catalogue_words) $(ARGS)

archive: .venv/ready
	@$(BIN)/python -m lccs_inputs.commands.archive $(config) $(if $(INPUTS),--inputs) \
	  $(if $(filter command,$(origin OUT)),--out=$(call quoted,OUT)) $(ARGS)

repeat: .venv/ready
	@$(BIN)/python -m lccs_inputs.commands.repeat
	@$(BIN)/python -m lccs_inputs.commands.runlock --cores=$(CORES)
	@$(BIN)/snakemake --logger stages $(where) $(ARGS)
	@$(if $(dry_run),,$(BIN)/python -m lccs_inputs.commands.repeat --compare)

test: .venv/ready-dev # a worker more than two cores: some tests wait for servers
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

# The report in a real browser, where there is one: Chromium, as the distribution packages it.
test-browser: .venv/ready-dev
	$(BIN)/python -m pytest tests/browser $(ARGS)

# The sample on a Slurm of one node, where it can be started: by root, with slurm-wlm and munge.
test-slurm: .venv/ready-dev
	$(BIN)/python -m pytest tests/cluster $(ARGS)

# Which locked packages have wheels, by the package index: what docs/environments.md says.
test-wheels: .venv/ready-dev
	$(BIN)/python -m pytest tests/wheels $(ARGS)

# What is known of the locked packages, by an advisory source, where one answers.
audit: .venv/ready-dev .venv/ready-audit
	$(BIN)/python -m pytest tests/audit $(ARGS)

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

soak: export PYTHONPATH := scripts:tests
soak: export SOAK_CASES = $(CASES)
soak: .venv/ready-dev
	@seed=$(or $(SEED),$$(date +%s)); echo "SEED=$$seed"; \
	$(BIN)/python -m soak --kills=$(KILLS) --seed=$$seed $(if $(MINUTES),--minutes=$(MINUTES)) && \
	$(BIN)/python -m pytest -n 2 tests/fuzz --hypothesis-profile=soak --hypothesis-seed=$$seed $(ARGS)

mutation: .venv/ready-dev
	@$(BIN)/python tests/mutation/score.py $(ARGS)

# Without a test in which a process of many threads forks: being measured, the child may hang.
coverage: .venv/ready-dev
	@rm -rf .cache/coverage
	$(BIN)/coverage run -m pytest -n 3 --dist loadfile --no-loadscope-reorder \
	  -k "not users_of_a_group" $(or $(ARGS),tests/unit)
	@$(BIN)/coverage combine --quiet && $(BIN)/coverage json --quiet && $(BIN)/coverage report --skip-covered
	@$(BIN)/python tests/mutation/covered.py .cache/coverage/coverage.json

bench: .venv/ready-dev
	@missed=; for bench in tests/bench/bench_*.py; do \
	  PYTHONPATH=scripts:tests $(BIN)/python $$bench || missed="$$missed $$bench"; done; \
	  [ -z "$$missed" ] || { echo "missed a target, or failed:$$missed"; exit 1; }

schema: .venv/ready-dev
	$(BIN)/python -m lccs_inputs.commands.schema

lock: .venv/ready-dev
	cd envs && for name in requirements requirements-dev requirements-audit; do \
	  ../$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	    --no-header --no-emit-index-url --no-emit-find-links $$name.in -o $$name.txt; done

clean:
	[ ! -d results ] || find results/ -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +
	rm -rf .cache

verify: .venv/ready
	@$(BIN)/python -m lccs_inputs.commands.verify $(if $(REMAKE),--remake) $(ARGS)

clean-imagery: .venv/ready
	@$(BIN)/python -m lccs_inputs.commands.clean_imagery $(config) $(ARGS)

# A container has what its lock names, and installs nothing.
ifdef LCCS_INPUTS_IMAGE
.PHONY: .venv/ready
.venv/ready:
	@cmp --silent envs/requirements.txt $(LCCS_INPUTS_IMAGE)/requirements.txt || { \
	  echo "the container is of another envs/requirements.txt than this clone: build it anew"; exit 1; }
else
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/ready: envs/requirements.txt | .venv/bin/python
	@echo "Setting up .venv (once, about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@
endif

.venv/ready-dev: envs/requirements-dev.txt .venv/ready
.venv/ready-audit: envs/requirements-audit.txt .venv/ready
.venv/ready-dev .venv/ready-audit:
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

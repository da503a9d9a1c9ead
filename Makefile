# Everything here works from a fresh clone, with Python 3.11 or newer, make and git.
# Paths are relative on purpose: the folder's own name may hold spaces.

PYTHON ?= python3
BIN := .venv/bin
# A new set of pins is a new stamp, so set-up happens once per set.
STAMP := .venv/.done-$(shell cat requirements.txt pyproject.toml | cksum | cut -d ' ' -f 1)
# The command `durable-events`, run from the files in this folder; all that it needs is pinned.
CHECKOUT := --no-deps --no-build-isolation --editable .
PYTEST := $(BIN)/python -m pytest
# Images for containers often set it, and each run of dbt then compiles all of its modules anew: 2 s.
unexport PYTHONDONTWRITEBYTECODE
# The example's events are made where there is an example, and no other folder to read.
DEMO := $(if $(DURABLE_EVENTS_LANDING),,$(wildcard models/shop))
# Unit tests are for who changes a model; dbt's own words are in logs/dbt.log.
BUILD := $(BIN)/python -W ignore::RuntimeWarning:runpy -m dbt.cli.main --quiet build --exclude-resource-types unit_test saved_query exposure
# What `make bench` measures: events of history, ordinary days to load, more options of the command.
SIZES ?= 100000
RUNS ?= 2
BENCH ?=
# Where `make serve` shows the site.
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help setup run new status scheduled test parity prove mutate validate compare bench cmpbench \
    asofbench lint site serve browser pins clean

help: ## say what the targets do
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 10

setup: $(STAMP) ## make .venv with the pinned packages

$(STAMP): requirements.txt pyproject.toml
	@echo "Setting up .venv (once per set of pinned packages) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say which: make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv \
	    && $(BIN)/python -m uv pip install --quiet --python $(BIN)/python -r requirements.txt \
	    && $(BIN)/python -m uv pip install --quiet --python $(BIN)/python $(CHECKOUT) \
	    || { $(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt \
	    && $(BIN)/python -m pip install --quiet --disable-pip-version-check $(CHECKOUT); }
	@rm -f .venv/.done-* && touch $@

run: setup ## build a warehouse: from landing/, or a made-up shop's, and show what late events change
ifdef DEMO
	@echo "1/4 Making a demo shop's events, as they had landed by 2026-06-16 (landing/demo) ..."
	@$(BIN)/durable-events demo --until 2026-06-16
	@echo "2/4 Building the tables: dbt build ..."
	@$(BUILD)
	@echo "3/4 Two weeks later: what has landed since, some of it late, and dbt build once more ..."
	@$(BIN)/durable-events demo
	@$(BUILD)
	@echo "4/4 Rebuilding all tables from the raw lines, to compare them row by row ..."
	@$(BIN)/durable-events parity --only-differing 2> logs/parity.log \
	    || { cat logs/parity.log >&2; false; }
	@$(BIN)/durable-events late
else
	@echo "1/2 Building the tables: dbt build ..."
	@$(BUILD)
	@echo "2/2 How it is now: make status ..."
	@$(BIN)/durable-events status || test $$? -eq 1
endif
	@echo 'Ask it anything, for example:'
	@echo '  $(BIN)/dbt show --limit 10 --inline "select * from gold.daily_sessions order by session_date desc"'

new: setup ## write a project of your own that takes this one as a package: make new DIR=../acme
	@$(BIN)/durable-events new "$(DIR)"

status: setup ## say how the warehouse is: loads, lateness, stale dates, rejects, findings
	@$(BIN)/durable-events status || test $$? -eq 1

scheduled: setup ## what a schedule runs: build, validate, status (see docs/scheduling.md)
	@$(BIN)/durable-events schedule

test: setup lint ## lint, then prove every promise (about 9 minutes)
	@echo "Testing: several loads, replays, crashes, all against a plain-Python oracle ..."
	@$(PYTEST) --numprocesses 2 --dist loadgroup

parity: setup ## prove that every table equals a rebuild from bronze
	@echo "Rebuilding from bronze into a scratch file, to compare every table row by row ..."
	@$(BIN)/durable-events parity

prove: setup ## look longer: 200 random streams, 50 kills, the demo in 45 loads (about an hour)
	@DURABLE_EVENTS_EXAMPLES=200 DURABLE_EVENTS_KILLS=50 DURABLE_EVENTS_DEMO_LOADS=45 \
	    DURABLE_EVENTS_PLAIN_DBT=1 $(PYTEST) --numprocesses 2 -rP --verbosity 1 tests/python/test_properties.py \
	    tests/python/test_crashes.py tests/python/test_parity.py tests/python/test_onlineretail.py \
	    tests/python/test_state.py tests/python/test_corruption.py

mutate: setup ## break each rule on purpose, and see a test go red (some minutes)
	@$(BIN)/python -m durable_events.mutate

validate: setup ## check with Great Expectations what the newest load touched, and write a page
	@$(BIN)/durable-events validate

compare: setup ## can the new version of an event take over? Prints it, and writes a page
	@$(BIN)/durable-events compare || test $$? -eq 1

bench: setup ## measure this project beside others (a few minutes; SIZES="2000000 50000000": hours)
	@$(BIN)/durable-events bench peers --sizes "$(SIZES)" --runs $(RUNS) $(BENCH)

cmpbench: setup ## time compare_versions on 2 x 5 million rows, beside a join by hand (a minute)
	@$(BIN)/durable-events bench comparison

asofbench: setup ## time balance_as_of on 10 million entries, beside adding up all of them (a minute)
	@$(BIN)/durable-events bench balances

lint: setup ## check the style of SQL, Python and YAML
	@echo "Linting: ruff, yamllint, sqlfluff ..."
	@$(BIN)/python -m durable_events.lint

site: setup ## write the site for analysts to site/: start page, quality, dbt docs, lineage
	@$(BIN)/durable-events site

serve: setup ## show the site on this machine alone; PORT says where
	@$(BIN)/durable-events serve --port $(PORT)

browser: ## install Chromium, in which the tests open the pages (Debian, Ubuntu; as root)
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium; }

pins: setup ## compile what pyproject.toml asks for to requirements.txt
	@$(BIN)/python -m uv pip compile --quiet --no-header --no-annotate --upgrade pyproject.toml --group dev -o requirements.txt

clean: ## remove what was built: tables, demo events, logs (not .venv)
	rm -rf target logs site landing/demo warehouse.duckdb warehouse.duckdb.wal warehouse.duckdb.lock

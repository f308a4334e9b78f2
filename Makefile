# Each command sets up what it needs below the checkout. Only git, make and Python 3.11 or newer have to be there.
# They use Python 3.13 where it is installed. To use another one: make test PYTHON=python3.11

ifndef PYTHON
PYTHON := $(shell toolkit/environments/find_python.sh)
endif
ifeq ($(PYTHON),)
$(error No Python from 3.11 on that has the modules venv and ensurepip. Install one, or tell where it is: make PYTHON=...)
endif
VERSION := $(shell "$(PYTHON)" -c 'import sys; print("%d.%d" % sys.version_info[:2])')

# These files mark environments that are complete. Another version of Python makes new ones.
NEWEST := .venv/ready-$(VERSION)
OLDEST := .venv-oldest/ready-$(VERSION)
DDEV := .venv-ddev/ready

# Tests run on all cores, those of a file on one: many share what takes long to set up.
PARALLEL := --numprocesses auto --dist loadfile --quiet

# Where `make bench` draws its chart. The one of the README: make bench CHART=images/benchmark.png
CHART := .benchmark/chart.png

.PHONY: help demo preview screenshots test bench validate wheel assets configuration clean

help:
	@echo 'make demo           collect a recorded cluster, healthy and then in trouble'
	@echo 'make preview        show dashboards, monitors and logs of a recorded cluster on a local page'
	@echo 'make screenshots    take pictures of them for the README (needs Chromium)'
	@echo 'make test           lint, and run all tests with the newest and the oldest base package of the Agent'
	@echo 'make bench          measure what a scrape costs, with the scraper of the base package and with ours'
	@echo 'make validate       run the tests and validations of ddev, the tool of Datadog (needs Python 3.13)'
	@echo 'make wheel          build the package that the Agent installs, in dist/'
	@echo 'make assets         write the dashboards and the monitors from their definitions, their lists, and docs/migration.md'
	@echo 'make configuration  write the files that are made from assets/configuration/spec.yaml'
	@echo 'make clean          remove the environments that these commands made'

demo: $(NEWEST)
	@.venv/bin/python -m datadog_checks.cilium demo

preview: $(NEWEST)
	$(needs_312)
	@.venv/bin/python -m toolkit.preview

screenshots: $(NEWEST)
	$(needs_312)
	@.venv/bin/python -m toolkit.preview screenshots

define needs_312
@.venv/bin/python -c 'import sys; sys.version_info >= (3, 12) or \
	sys.exit("The preview runs the log pipeline with vector-vrl. That needs Python 3.12 or newer: make preview PYTHON=...")'
endef

test: $(NEWEST) $(OLDEST)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/python -m pytest $(PARALLEL)
	.venv-oldest/bin/python -m pytest $(PARALLEL) tests/unit tests/integration

bench: $(NEWEST)
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements/benchmark.txt
	@PYTHONPATH=tests .venv/bin/python -m benchmark --chart $(CHART)

validate: $(DDEV)
	.venv-ddev/bin/python toolkit/validation/validate.py

# What an earlier build left would go into the wheel.
wheel:
	rm -rf build dist *.egg-info
	@"$(PYTHON)" -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .
	@rm -rf build
	@ls dist/*.whl

assets: $(NEWEST)
	.venv/bin/python -m toolkit.dashboards
	.venv/bin/python -m toolkit.monitors
	.venv/bin/python -m toolkit.levels
	.venv/bin/python -m toolkit.readme
	.venv/bin/python -m toolkit.manifest
	.venv/bin/python -m toolkit.migration

configuration: $(NEWEST)
	.venv/bin/python toolkit/configuration/generate.py

clean:
	rm -rf .venv .venv-oldest .venv-ddev .venv-installer build dist *.egg-info

# $(1): Python, $(2): folder, $(3): files of requirements
define environment
	@echo 'Making the environment $(2). This takes about a minute.'
	@$(1) -m venv --clear $(2)
	@$(2)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps $(addprefix --requirement ,$(3))
	@touch $@
endef

# $(1): folder. The requirements hold setuptools, so that this needs no isolated environment.
define project
	@$(1)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
endef

$(NEWEST): .venv/packages-$(VERSION) pyproject.toml
	$(call project,.venv)

$(OLDEST): .venv-oldest/packages-$(VERSION) pyproject.toml
	$(call project,.venv-oldest)

.venv/packages-$(VERSION): requirements/newest.txt requirements/toolkit.txt requirements/preview.txt
	$(call environment,"$(PYTHON)",.venv,$^)

.venv-oldest/packages-$(VERSION): requirements/oldest.txt
	$(call environment,"$(PYTHON)",.venv-oldest,$<)

$(DDEV): requirements/ddev.txt
	@toolkit/environments/find_python.sh 3.13 > /dev/null || \
		{ echo 'ddev needs Python 3.13. This machine has none that can make virtual environments.' >&2; exit 1; }
	$(call environment,"$$(toolkit/environments/find_python.sh 3.13)",.venv-ddev,$<)

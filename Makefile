# Each command sets up what it needs below the checkout. Only git, make and Python 3.11 or newer have to be there.
# They use Python 3.13 where it is installed. To use another one: make test PYTHON=python3.11

include toolkit/environments/python.mk

# These files mark environments that are complete. Another version of Python makes new ones.
DEMO := .venv-demo/ready-$(VERSION)
NEWEST := .venv/ready-$(VERSION)
OLDEST := .venv-oldest/ready-$(VERSION)
DDEV := .venv-ddev/ready

# Tests run on all cores, those of a file on one: many share what takes long to set up.
PARALLEL := --numprocesses auto --dist loadfile --quiet

# What takes long and does not depend on the base package.
SAME_WITH_ANY_BASE := --ignore-glob='*/test_commands*' $(addprefix --ignore=tests/,\
	integration/test_installation.py integration/test_memory.py unit/test_linear_work.py)

# Where `make bench` draws its chart. The one in docs/cost.md: make bench CHART=images/benchmark.png
CHART := .benchmark/chart.png

.PHONY: help demo preview screenshots check lint test bench validate wheel assets changelog clean

help:
	@echo 'make demo           collect a recorded cluster, healthy and in an incident'
	@echo 'make preview        show its dashboards, monitors and logs on a local page'
	@echo 'make screenshots    take the screenshots in images/ (needs Chromium)'
	@echo 'make check          lint, check types, and run the fast tests'
	@echo 'make test           the same, and all tests with the newest and the oldest supported base package'
	@echo 'make bench          measure the CPU of a scrape, beside the base package'
	@echo 'make validate       run the tests and validations of ddev (needs Python 3.13)'
	@echo 'make wheel          build the wheel that the Agent installs, in dist/'
	@echo 'make assets         generate dashboards, monitors, levels, configuration files, and tables in the docs'
	@echo 'make changelog RELEASE=10.1.0   put the fragments of changelog.d/ into CHANGELOG.md'
	@echo 'make clean          remove the environments'

demo: $(DEMO)
	@.venv-demo/bin/python -m datadog_checks.cilium demo

preview: $(NEWEST)
	@.venv/bin/python -m toolkit.preview

screenshots: $(NEWEST)
	@.venv/bin/python -m toolkit.preview screenshots

check: lint
	EQUALITY_CASES=20 .venv/bin/python -m pytest $(PARALLEL) -m "not slow"

lint: $(NEWEST)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

test: lint $(OLDEST)
	.venv/bin/python -m pytest $(PARALLEL)
	.venv-oldest/bin/python -m pytest $(PARALLEL) $(SAME_WITH_ANY_BASE) tests/unit tests/integration

bench: $(NEWEST)
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements/benchmark.txt
	@PYTHONPATH=tests:tests/support/assets:tests/support/tools .venv/bin/python -m benchmark --chart $(CHART)

validate: $(DDEV)
	.venv-ddev/bin/python -m toolkit.validation.validate

# What an earlier build left would go into the wheel.
wheel:
	rm -rf build dist *.egg-info
	@"$(PYTHON)" -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .
	@rm -rf build
	@ls dist/*.whl

assets: $(NEWEST)
	@.venv/bin/python -m toolkit.generate

changelog: $(NEWEST)
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement requirements/release.txt
	@.venv/bin/python -m towncrier build --yes --version $(RELEASE)

clean:
	rm -rf .venv .venv-demo .venv-oldest .venv-ddev .venv-installer build dist *.egg-info

# $(1): Python, $(2): folder, $(3): files of requirements, $(4): what it takes
define environment
	@echo 'Setting up $(2): $(4).'
	@$(1) -m venv --clear $(2)
	@$(2)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps $(addprefix --requirement ,$(3))
	@touch $@
endef

# $(1): folder. The requirements hold setuptools, so that this needs no isolated environment.
define project
	@$(1)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
endef

$(DEMO): .venv-demo/packages-$(VERSION) pyproject.toml
	$(call project,.venv-demo)

# mypy finds the check in .venv/typed: see pyproject.toml.
$(NEWEST): .venv/packages-$(VERSION) pyproject.toml
	@mkdir -p .venv/typed/datadog_checks
	@ln -sfn "$(CURDIR)/cilium" .venv/typed/datadog_checks/cilium
	$(call project,.venv)

$(OLDEST): .venv-oldest/packages-$(VERSION) pyproject.toml
	$(call project,.venv-oldest)

.venv-demo/packages-$(VERSION): requirements/demo.txt
	$(call environment,"$(PYTHON)",.venv-demo,$<,50 MB and less than a minute)

# newest.txt includes demo.txt.
.venv/packages-$(VERSION): requirements/newest.txt requirements/toolkit.txt requirements/preview.txt requirements/demo.txt
	$(call environment,"$(PYTHON)",.venv,$(filter-out requirements/demo.txt,$^),800 MB and about two minutes)

.venv-oldest/packages-$(VERSION): requirements/oldest.txt
	$(call environment,"$(PYTHON)",.venv-oldest,$<,200 MB and about a minute)

$(DDEV): requirements/ddev.txt
	@toolkit/environments/find_python.sh 3.13 > /dev/null || \
		{ echo 'ddev needs Python 3.13. This machine has none that can make virtual environments.' >&2; exit 1; }
	$(call environment,"$$(toolkit/environments/find_python.sh 3.13)",.venv-ddev,$<,500 MB and about two minutes)

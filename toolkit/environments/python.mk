# Sets PYTHON, unless it is given, and VERSION, such as 3.13. Refuses a Python that cannot do what was asked for: before an
# environment is replaced, and before anything is downloaded.

# These need no Python.
ifneq ($(filter-out help clean,$(MAKECMDGOALS)),)

ifndef PYTHON
PYTHON := $(shell toolkit/environments/find_python.sh)
endif
ifeq ($(PYTHON),)
$(error No Python 3.11 or newer with the modules venv and ensurepip was found. Install one, or name it: \
	make $(MAKECMDGOALS) PYTHON=/path/to/python)
endif

FOUND := $(shell "$(PYTHON)" -c 'import sys; print("%d.%d" % sys.version_info[:2]); import ensurepip, venv; print("venv")' \
	2>/dev/null)
VERSION := $(firstword $(FOUND))
ifeq ($(VERSION),)
$(error $(PYTHON) does not run. Name a Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=/path/to/python)
endif

# $(1): minor version of Python 3, $(2): what needs it
requires = $(if $(shell test $(lastword $(subst ., ,$(VERSION))) -ge $(1) && echo yes),,$(error $(2) needs Python 3.$(1) \
	or newer, and $(PYTHON) is Python $(VERSION). Name another: make $(MAKECMDGOALS) PYTHON=/path/to/python))
$(call requires,11,This project)
ifneq ($(filter preview screenshots,$(MAKECMDGOALS)),)
$(call requires,12,The preview)
endif

ifeq ($(filter venv,$(FOUND)),)
$(error $(PYTHON) lacks the module venv or ensurepip. On Debian and Ubuntu: apt-get install python$(VERSION)-venv)
endif

endif

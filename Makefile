# `make` alone lists what there is. Paths are relative, so a folder with spaces in its name is fine.

PYTHON ?= python3
PY := .venv/bin/python
INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
MIRRORED = $(wildcard $(patsubst gan_keras/%.py,tests/test_%.py,$(wildcard gan_keras/*.py))) tests/engine tests/models tests/measure tests/course
export TF_CPP_MIN_LOG_LEVEL ?= 3

.DEFAULT_GOAL := help
.PHONY: help setup notebooks lab test test-backends test-versions benchmark outputs html colab clean

help:  ## list these commands
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 16

setup: .venv/.installed  ## make .venv and install the course (PYTHON=python3.12 to choose)

.venv/.python:
	@"$(PYTHON)" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null || { \
	  version=$$("$(PYTHON)" --version 2>/dev/null) || version="not found"; \
	  echo "The course needs Python 3.11, 3.12 or 3.13, and '$(PYTHON)' is none of them ($$version). Try: make $(or $(firstword $(MAKECMDGOALS)),setup) PYTHON=python3.12" >&2; \
	  exit 1; }
	"$(PYTHON)" -m venv .venv
	@touch $@

.venv/.installed: .venv/.python pyproject.toml constraints.txt
	@echo "Installing into .venv; the first time this takes a few minutes."
	$(INSTALL) -e ".[course,test]"
	@# The log lines of native code go to the terminal, not in red into the notebook.
	@mkdir -p .venv/etc/ipython
	@echo "c.IPKernelApp.capture_fd_output = False" > .venv/etc/ipython/ipython_kernel_config.py
	@touch $@

.venv/.backends: .venv/.installed
	$(INSTALL) -e ".[backends]"
	@touch $@

notebooks: setup  ## run every notebook quickly (FULL=1: at the constants shown; ONLY="02 04": some)
	$(PY) notebooks/tools/run.py $(if $(FULL),--full) $(if $(ONLY),--only $(ONLY))

lab: setup  ## open JupyterLab in the notebooks folder
	$(PY) -m jupyterlab --ServerApp.ip=127.0.0.1 --notebook-dir=notebooks $(AS_ROOT)

test: setup  ## check style, run the package's tests, then every notebook against its stored outputs
	$(PY) -m ruff check .
	$(PY) -m pytest -n 2 --dist loadfile
	$(PY) -m pytest -n 2 --dist loadfile --nbval notebooks

test-backends: .venv/.backends  ## compare TensorFlow, JAX and PyTorch (FULL=1: the tests of every module on each)
	$(PY) -m pytest -p tests.no_skips tests/test_backends.py
	$(if $(FULL),for backend in jax torch; do \
	  echo "The tests of every module on $$backend"; \
	  KERAS_BACKEND=$$backend $(PY) -m pytest -n 2 --dist loadfile $(MIRRORED) || exit 1; \
	done)

test-versions: setup  ## tests, 00 and 04 on the oldest and newest versions and Colab's (ONLY=colab)
	$(PY) tests/versions.py $(ONLY)

benchmark: setup  ## measure a training step
	$(PY) -m tests.benchmarks.step

outputs: setup  ## run the notebooks at the constants shown and store what they print (ONLY="02 04")
	$(PY) notebooks/tools/run.py --in-place $(if $(ONLY),--only $(ONLY))

html: setup  ## render the notebooks as they are stored to build/html
	$(PY) -m nbconvert --to html --output-dir build/html notebooks/*.ipynb

colab: setup  ## stamp the notebooks for Colab (REPO=owner/name BRANCH=main; REPO= takes it out)
	$(if $(filter undefined,$(origin REPO)),$(error Say whose: make colab REPO=owner/name))
	$(PY) notebooks/tools/colab.py "$(REPO)" "$(or $(BRANCH),main)"

clean:  ## remove .venv, build and caches
	rm -rf .venv build dist .pytest_cache .ruff_cache .hypothesis
	find gan_keras notebooks tests data -name __pycache__ -prune -exec rm -rf {} +

# Everything a person types. Each step is skipped while what it depends on is unchanged.

HOST ?= 127.0.0.1
PORT ?= 8000
export HOST PORT
# Compiled modules are most of a quick start.
unexport PYTHONDONTWRITEBYTECODE

PY := .venv/bin/python
# The name of a stamp holds the sum of what was installed from: another branch, another stamp.
PINS := $(shell cat pyproject.toml constraints.txt | cksum | cut -d ' ' -f 1)
NODE := $(shell command -v npm >/dev/null 2>&1 || echo ,node)

.PHONY: run test lint bench soak fuzz assets production clean

run: .venv/run-$(PINS)
	@exec $(PY) -m app.run

# No demo data, and as many web processes as WEB_CONCURRENCY says; SECRET_KEY is the reader's own.
production: export WEB_CONCURRENCY ?= 4
production: .venv/run-$(PINS)
	@exec $(PY) -m app.run --production

test: .venv/test-$(PINS)
	@$(PY) -m tests.run $(ONLY)

lint: .venv/test-$(PINS) .venv/lint-$(PINS)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/djlint --quiet --lint app/templates
	.venv/bin/lint-imports --no-logo

bench: .venv/test-$(PINS)
	@$(PY) -m bench

# The long runs of which make test does a tenth.
soak: .venv/test-$(PINS)
	@SOAK=1 $(PY) -m tests.run soak

fuzz: .venv/test-$(PINS)
	@HYPOTHESIS_PROFILE=fuzz $(PY) -m tests.run fuzz

assets: .venv/run-$(PINS)
	@$(PY) -m app.assets

clean:
	rm -rf .venv .assets app/static/vendor app/static/build

.venv/run-$(PINS): extras = redis$(NODE)
.venv/test-$(PINS): extras = redis,s3,test$(NODE)
.venv/lint-$(PINS): extras = lint

.venv/%-$(PINS): | .venv/bin/python
	@echo "Installing what $* needs (constraints.txt)"
	@$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$(extras)]'
	@touch $@

.venv/bin/python:
	@.ci/python -m venv .venv

# One line of help behind each target; `make` alone prints them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export PYTHONPATH := $(CURDIR)

COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet

.DEFAULT_GOAL := help
.PHONY: help setup demo test quick lint format up bench lock clean

help: ## print this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(READY) ## install everything into .venv, as the lock pins it
$(READY): requirements/lock.txt requirements/bootstrap.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Newsflow needs Python 3.11 or newer: call make PYTHON=python3.12 …")'
	@echo "Setting up .venv (about 190 packages, once) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/lock.txt requirements/bootstrap.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: setup ## crawl the sample site with the real DAGs, search it, fire an alert
	@$(BIN)/newsflow --home var/demo demo

test: setup ## run all tests
	@$(BIN)/pytest -n 3 --dist loadgroup --no-loadscope-reorder

quick: setup ## run the tests that take under a minute together
	@$(BIN)/pytest -m "not slow and not airflow and not postgres and not engines" -n 2

lint: setup ## check style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

format: setup ## rewrite the code in the project's style
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

up: setup ## Airflow with the DAGs, on 127.0.0.1
	@$(BIN)/newsflow up

bench: setup ## measure: make bench NAME=latency
	@$(BIN)/python -m bench.$(NAME) $(ARGS)

lock: setup ## pin the newest versions that pyproject.toml allows
	@$(COMPILE) --group dev --upgrade -o requirements/lock.txt
	@$(COMPILE) --extra celery --constraint requirements/lock.txt -o requirements/image.txt

clean: ## delete what was built, the demo's data too
	@rm -rf $(VENV) var dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

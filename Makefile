# Needs Python 3.11 or newer and make; everything else it brings itself.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed

export PORT
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run demo test lint format translations screenshots corpus docs bench bench-quick lock clean

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: $(READY) ## Start the vault on http://127.0.0.1:8000 (PORT=, VAULT_HOME=)
	@$(BIN)/vault migrate
	@exec $(BIN)/vault serve --with-worker

demo: $(READY) ## The same with a sample customer and a vendor to try it with
	@exec $(BIN)/python demo/run.py

test: $(READY) ## Run all tests, on SQLite and PostgreSQL and in a real browser
	@sh scripts/test-servers.sh
	@$(BIN)/pytest $(ARGS)

lint: $(READY) ## Check style, types and the arrows between the layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: $(READY) ## Put the code into its standard form
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

translations: $(READY) ## Bring the catalogs of translations in step with the code
	@$(BIN)/python -m scripts.translations

screenshots: $(READY) ## Take the documents' pictures anew, of the demo in a real browser
	@$(BIN)/python -m scripts.screenshots

corpus: $(READY) ## Read all real files and write the table of what became of them (VAULT_CORPUS=)
	@$(BIN)/python -m scripts.corpus

docs: $(READY) ## Check the documents against the code: links, tables, labels, examples
	@$(BIN)/python -m scripts.docs

bench: $(READY) ## Measure, each beside its floor; writes var/bench.json
	@$(BIN)/python benchmarks/run.py

bench-quick: $(READY) ## The same in under two minutes
	@$(BIN)/python benchmarks/run.py --quick

lock: $(READY) ## Refresh requirements.lock from the ranges in pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --group dev --upgrade --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --quiet \
	  --custom-compile-command 'make lock' --output-file requirements.lock

clean: ## Remove the installed packages and the caches; never var/, where the data is
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

# A stamp, so that packages are installed again only when the lock or the project's metadata change.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name it with: make PYTHON=python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python cannot make .venv; on Debian: apt-get install python3-venv"; exit 1; }
	@echo "Installing what requirements.lock names ..."
	@$(BIN)/pip install --quiet --require-hashes --requirement requirements.lock
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

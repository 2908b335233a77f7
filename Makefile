# Wanamori's commands. `make help` lists them. Whatever is missing is installed first; nothing is done twice.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
SOURCES := edge hub simulators deploy tests
PYTEST_ARGS ?=
# Each process starts servers of its own: more than four would want more memory than a small machine has.
SIDE_BY_SIDE := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
HTTP_PORT ?= 8080

.PHONY: help demo test setup setup-test packages lint unit format lock clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup ## the whole service with a simulated town on http://127.0.0.1:8080 (HTTP_PORT=N for another)
	@exec $(BIN)/python -m deploy.demo --http-port $(HTTP_PORT)

test: setup-test ## every check and every test (BENCH=1: benchmarks too; LONG=1: the long fault tests too)
	@$(MAKE) --no-print-directory lint
	@$(BIN)/pytest $(SIDE_BY_SIDE) $(if $(LONG),-m "long or not long") $(PYTEST_ARGS)
	@$(if $(BENCH),$(BIN)/pytest tests/benchmarks $(PYTEST_ARGS))

setup: ## install what `make demo` needs
	@$(PYTHON) -m deploy.setup demo

setup-test: ## install what `make test` needs
	@$(PYTHON) -m deploy.setup test

packages: ## install only the Debian packages, for whoever administers the machine
	@$(PYTHON) -m deploy.setup packages

lint: ## style, types and the rules of the architecture
	@mkdir -p .cache; echo "style"; $(BIN)/ruff check --quiet $(SOURCES) && $(BIN)/ruff format --check --quiet $(SOURCES)
	@echo "types"; $(BIN)/basedpyright --level error > .cache/types 2>&1 || { cat .cache/types; exit 1; }
	@echo "layers"; $(BIN)/lint-imports --no-logo > .cache/layers 2>&1 || { cat .cache/layers; exit 1; }

unit: ## the tests that need no server: milliseconds
	@$(BIN)/pytest tests/unit $(PYTEST_ARGS)

format: ## rewrite the sources in the project's format
	@$(BIN)/ruff check --quiet --fix $(SOURCES)
	@$(BIN)/ruff format --quiet $(SOURCES)

lock: setup-test ## remake the lock files from pyproject.toml and package.json, with the newest versions that fit
	@deploy/lock

clean: ## take away what running and testing made (not what set-up installed)
	rm -rf .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage .coverage.* htmlcov test-results site build
	find edge hub simulators deploy tests -name __pycache__ -type d -prune -exec rm -rf {} +

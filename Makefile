# The commands of this house. Each does its own set-up; nothing is asked beforehand.
# PYTHON=…: which one to take; else the newest that runs and has every package ready (.make/install).
PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
RUNS := $(VENV)/.runs
DEVELOPS := $(VENV)/.develops
# More than there are cores: most tests wait for other processes.
WORKERS ?= 4

# An environment that was made in another folder, or whose Python is gone, is made anew.
$(shell test ! -e $(VENV) || { $(BIN)/python -c pass && \
	{ test ! -e $(VENV)/.place || test "$$(cat $(VENV)/.place)" = "$$(pwd -P)"; }; } 2>/dev/null || \
	rm -f $(RUNS) $(DEVELOPS))

.PHONY: demo test check smoke wheel format catalogs sentences pictures clean browser

demo: $(RUNS)
	@$(BIN)/python -m bot demo

test: $(DEVELOPS) browser
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup

check: $(DEVELOPS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m locales.catalogs --check
	.make/try-wheel $(VENV)

# What tells whether another Python runs it: VENV=… PYTHON=… make smoke.
smoke: $(DEVELOPS)
	$(BIN)/pytest -q -n $(WORKERS) --dist loadgroup tests/unit
	$(BIN)/tellal demo --play --people 30

# dist/tellal-….whl, of what is here now.
wheel: $(DEVELOPS)
	$(BIN)/python .make/build-wheel dist

format: $(DEVELOPS)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

catalogs: $(DEVELOPS)
	$(BIN)/python -m locales.catalogs
	$(BIN)/python -m tests.sentences.book

# docs/sentences: every sentence in a message that the tests made the product say. HEAR=tests/unit/… for a few.
HEAR ?= tests/unit tests/scenario tests/contract tests/attacks tests/e2e
sentences: $(DEVELOPS) browser
	-$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup -p tests.sentences.plugin $(HEAR)
	$(BIN)/python -m tests.sentences.book

# Every picture of the documents, taken anew from the running demo.
pictures: $(DEVELOPS) browser
	for takes in pictures slack_pictures first_hour_pictures; do $(BIN)/python -m tests.e2e.$$takes || exit 1; done

# Debian's Chromium for the browser tests: installed where we may, else the tests say what to install.
browser:
	@if ! command -v chromium >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-color-emoji >/dev/null; \
	fi

# What running needs, and what is needed to work on it as well, in the same environment.
$(RUNS): pyproject.toml constraints.txt
	@.make/install $(VENV) '' '$(PYTHON)'
	@touch $@

$(DEVELOPS): pyproject.toml constraints.txt
	@.make/install $(VENV) '[dev]' '$(PYTHON)'
	@touch $@ $(RUNS)

clean:
	rm -rf $(VENV) .venv-smoke-* .demo build dist

# The commands of this house. Each does its own set-up; nothing is asked beforehand.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# More than there are cores: most tests wait for other processes.
WORKERS ?= 4

.PHONY: demo test check format catalogs pictures clean browser

demo: $(STAMP)
	$(BIN)/tellal demo

test: $(STAMP) browser
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m locales.catalogs --check

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

catalogs: $(STAMP)
	$(BIN)/python -m locales.catalogs

# Every picture of the documents, taken anew from the running demo.
pictures: $(STAMP) browser
	for takes in pictures slack_pictures first_hour_pictures; do $(BIN)/python -m tests.e2e.$$takes || exit 1; done

# Debian's Chromium for the browser tests: installed where we may, else the tests say what to install.
browser:
	@if ! command -v chromium >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-color-emoji >/dev/null; \
	fi

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) .demo

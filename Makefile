# Every target makes its own environment in .venv; all it wants is a Python 3.11 or newer.
# Another interpreter: make test PYTHON=/path/to/python3.12

PYTHON ?=
SEATS ?= 30000
BIN := .venv/bin
STAMP := .venv/.made

.PHONY: help demo test soak lint types bench clean

help:
	@echo 'make demo    one change from YAML to account, with every command shown'
	@echo 'make test    the tests, with branch coverage'
	@echo 'make soak    the promises of plans on 100,000 random states, on all cores; PAIRS=1000 for fewer'
	@echo 'make lint    ruff: rules and layout'
	@echo 'make types   mypy, strict'
	@echo 'make bench   every promise about speed, measured into docs/benchmarks.md (make bench SEATS=300000: at full size)'
	@echo 'make clean   away with environment, caches and demo'

demo: $(STAMP)
	@$(BIN)/python examples/demo.py

test: $(STAMP)
	$(BIN)/pytest --cov --cov-report=term

PAIRS ?= 100000

soak: $(STAMP)
	$(BIN)/python -m tests.soak $(PAIRS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

bench: $(STAMP)
	@$(BIN)/python -m benchmarks --seats $(SEATS)

clean:
	rm -rf .venv .demo .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment is made anew when pyproject.toml has changed, and half an environment is never taken for a whole one.
$(STAMP): pyproject.toml
	@python=''; \
	for candidate in $(if $(PYTHON),'$(PYTHON)',python3 python3.14 python3.13 python3.12 python3.11 python); do \
		if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			python="$$candidate"; break; \
		fi; \
	done; \
	if test -z "$$python"; then \
		echo 'seatsync needs Python 3.11 or newer, and found none$(if $(PYTHON), in $(PYTHON)); say where it is: make PYTHON=/path/to/python3.11' >&2; exit 1; \
	fi; \
	if ! "$$python" -c 'import venv, ensurepip' 2>/dev/null; then \
		echo "$$python cannot make environments: install its venv package (Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; \
	fi; \
	echo "making .venv with $$("$$python" --version)" >&2; \
	rm -rf .venv; \
	"$$python" -m venv .venv && \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]' && \
	touch $(STAMP)

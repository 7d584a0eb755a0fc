# Every target makes its own environment in .venv; all it wants is a Python 3.11 or newer.
# Another interpreter: make test PYTHON=/path/to/python3.12

PYTHON ?=
SEATS ?= 30000
BIN := .venv/bin
STAMP := .venv/.made
PYTEST := pytest --numprocesses=auto --dist=worksteal --cov --cov-report=term

.PHONY: .venv help demo test test-newest soak lint types lock bench clean

help:
	@echo 'make demo    one change from YAML to account, with every command shown'
	@echo 'make test    the tests on all cores, with branch coverage'
	@echo 'make test-newest  the same with the newest versions of everything, in an environment of its own'
	@echo 'make soak    the properties of the tests on up to 100,000 random states, on all cores; PAIRS=1000 for fewer'
	@echo 'make lint    ruff: rules and layout'
	@echo 'make types   mypy, strict'
	@echo 'make lock    requirements-dev.txt anew, from the newest versions that pyproject.toml allows'
	@echo 'make bench   every promise about speed, measured into docs/benchmarks.md (make bench SEATS=300000: at full size)'
	@echo 'make clean   away with environment, caches and demo'

.venv: $(STAMP)

demo: $(STAMP)
	@$(BIN)/python examples/demo.py

test: $(STAMP)
	$(BIN)/$(PYTEST)

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
	rm -rf .venv .venv-* .demo .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A fresh environment in the folder $(1), with the first Python that is new enough.
define new_environment
python=''; \
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
echo "making $(1) with $$("$$python" --version)" >&2; \
rm -rf $(1); \
"$$python" -m venv $(1)
endef

PIP := python -m pip install --quiet --disable-pip-version-check

# The environment is made anew when what is locked has changed, and half an environment is never taken for a whole one.
# What builds the package is locked too, so the package is built by that, not by what pip would fetch.
$(STAMP): pyproject.toml requirements-dev.txt
	@$(call new_environment,.venv) && \
	$(BIN)/$(PIP) --require-hashes --requirement requirements-dev.txt && \
	$(BIN)/$(PIP) --no-deps --no-build-isolation --editable . && \
	touch $(STAMP)

# uv is fetched for this one run.
lock:
	@$(call new_environment,.venv-lock) && \
	.venv-lock/bin/$(PIP) uv && \
	.venv-lock/bin/uv pip compile --quiet --no-cache --universal --python-version 3.11 --upgrade --generate-hashes \
		--extra dev --custom-compile-command 'make lock' --output-file requirements-dev.txt pyproject.toml; \
	status=$$?; rm -rf .venv-lock; exit $$status

test-newest:
	@$(call new_environment,.venv-newest) && \
	.venv-newest/bin/$(PIP) --editable '.[dev]'
	.venv-newest/bin/$(PYTEST)

# Every target creates the environment .venv first; it needs only Python 3.11 or newer.
# To use another interpreter: make test PYTHON=/path/to/python3.12

PYTHON ?=
SEATS ?= 30000
BIN := .venv/bin
STAMP := .venv/.made
PYTEST := pytest --numprocesses=auto --dist=worksteal

.PHONY: .venv help demo test coverage test-newest soak lint types lock bench clean

help:
	@echo 'make demo         show one change from YAML to account, with every command'
	@echo 'make test         run the tests on all cores'
	@echo 'make coverage     run them with branch coverage, which takes about twice as long'
	@echo 'make test-newest  run the tests with the newest versions of all packages, in a separate environment'
	@echo 'make soak         test properties on up to 100,000 random states, on all cores (make soak PAIRS=1000: fewer)'
	@echo 'make lint         check rules and layout with ruff'
	@echo 'make types        check types with mypy, strict'
	@echo 'make lock         update requirements-dev.txt to the newest versions that pyproject.toml allows'
	@echo 'make bench        measure the promised costs and write docs/benchmarks.md (make bench SEATS=300000: full size)'
	@echo 'make clean        delete the environment, caches and demo'

.venv: $(STAMP)

demo: $(STAMP)
	@$(BIN)/python examples/demo.py

test: $(STAMP)
	$(BIN)/$(PYTEST)

coverage: $(STAMP)
	$(BIN)/$(PYTEST) --cov --cov-report=term

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

# Create a fresh environment in the folder $(1) with the first Python that is new enough.
define new_environment
python=''; \
for candidate in $(if $(PYTHON),'$(PYTHON)',python3 python3.14 python3.13 python3.12 python3.11 python); do \
	if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		python="$$candidate"; break; \
	fi; \
done; \
if test -z "$$python"; then \
	echo 'no Python 3.11 or newer found$(if $(PYTHON), at $(PYTHON)); give its path: make PYTHON=/path/to/python3.11' >&2; exit 1; \
fi; \
if ! "$$python" -c 'import venv, ensurepip' 2>/dev/null; then \
	echo "$$python cannot create environments; install its venv package (Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; \
fi; \
echo "creating $(1) with $$("$$python" --version)" >&2; \
rm -rf $(1); \
"$$python" -m venv $(1)
endef

PIP := python -m pip install --quiet --disable-pip-version-check

# The stamp is written last, so that an interrupted installation starts over. The build backend is locked too, so the
# package is built without isolation, in which pip would fetch another one.
$(STAMP): pyproject.toml requirements-dev.txt
	@$(call new_environment,.venv) && \
	$(BIN)/$(PIP) --require-hashes --requirement requirements-dev.txt && \
	$(BIN)/$(PIP) --no-deps --no-build-isolation --editable . && \
	touch $(STAMP)

# uv is installed for this run only.
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

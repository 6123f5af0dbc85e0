# Needs python3 (3.11 or newer), git and make; everything else is installed into .venv/ on the first call.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BOOKSHOP := fixtures/projects/bookshop

.DEFAULT_GOAL := help
.PHONY: help demo test lint test-browser fuzz corpus sweep contract review-replay hops template-conformance websocket-conformance bench bench-rendering bench-websockets format clean

help:
	@echo 'make demo          preview the migration of an example project, in colour'
	@echo 'make test          ruff, mypy and all tests'
	@echo 'make test-browser  the migrated example and the review page in headless Chromium'
	@echo 'make fuzz          2000 random programs, executed before and after (COUNT=, SEED=, DJANGO=path/to/python)'
	@echo 'make corpus        migrate and test eleven real projects (downloads them)'
	@echo 'make sweep         ask the migrated views of some of them under uvicorn'
	@echo 'make contract      what we send to GitHub, against a mock server of its own description (downloads it; needs npm)'
	@echo 'make review-replay  decisions on a release of a real project, replayed on the next one (downloads both)'
	@echo 'make hops          thread hops of the views of real projects, counted and measured (downloads them)'
	@echo 'make template-conformance  tests of Django itself, with every render through arender (downloads Django)'
	@echo 'make bench         CPU time and memory against other tools (downloads them)'
	@echo 'make bench-rendering  CPU time of a page through arender, against the stock render'
	@echo 'make websocket-conformance  WebSockets on five servers and three Djangos, 10,000 handshakes'
	@echo 'make bench-websockets  CPU time and memory of WebSockets, against Channels'
	@echo 'make format        format the code'
	@echo 'make clean         remove everything that these targets made'

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "$(PYTHON) is Python %d.%d; amigrate needs 3.11 or newer: make PYTHON=/path/to/python3.12 ..." % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)
	@touch $@

# Two stamps, so that the demo does not wait for the test tools.
$(VENV)/.installed: pyproject.toml $(VENV)/.created
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/.created
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(VENV)/.installed $@

# A pipe or a CI log gets no colour.
demo: $(VENV)/.installed
	@if [ -t 1 ]; then export FORCE_COLOR=1; fi; $(BIN)/amigrate preview $(BOOKSHOP)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	cd $(BOOKSHOP) && $(CURDIR)/$(BIN)/ruff check . && $(CURDIR)/$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(BIN)/pytest

test-browser: $(VENV)/.dev
	$(BIN)/pytest tests/browser

fuzz: $(VENV)/.dev
	$(BIN)/python tests/fuzz/fuzz.py --count $(or $(COUNT),2000) $(addprefix --seed ,$(SEED)) $(addprefix --python ,$(DJANGO))

corpus: $(VENV)/.dev
	$(BIN)/python tools/corpus.py

sweep: $(VENV)/.dev
	$(BIN)/python tools/corpus.py --sweep django-todo django-spirit patchman

contract: $(VENV)/.dev
	$(BIN)/pytest tests/contract

review-replay: $(VENV)/.dev
	$(BIN)/python tools/review_replay.py

hops: $(VENV)/.dev
	$(BIN)/python tools/hops.py

bench-rendering: $(VENV)/.dev
	$(BIN)/python benchmarks/rendering.py

template-conformance: $(VENV)/.dev
	$(BIN)/python tools/template_conformance.py

websocket-conformance: $(VENV)/.dev
	AHEAD_TEST_ALL_SERVERS=1 $(BIN)/pytest tests/runtime/test_socket_servers.py tests/runtime/test_socket_shutdown.py tests/runtime/test_socket_redis.py

bench-websockets: $(VENV)/.dev
	$(BIN)/python benchmarks/websocket_cost.py

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/run.py

format: $(VENV)/.dev
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	cd $(BOOKSHOP) && $(CURDIR)/$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .venvs .corpus .bench .conformance .contract dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

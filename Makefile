# The commands of this project; `make help` lists them.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet --require-hashes
UV_COMPILE = uv --no-config pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade)
TEXTS := babel.cfg:messages.pot customers.cfg:customers.pot

.PHONY: help run demo-reset audit reconcile doctor test test-all chaos gallery messages translations check fmt lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z -]+:.*## / { printf "  make %-24s %s\n", $$1, $$2 }' Makefile

run: .venv/run.stamp ## Start everything here, with a sandbox and demo data (DEMO=0: an empty organization)
	@exec $(BIN)/python -m demo.run

demo-reset: .venv/run.stamp ## Delete the local database, the sandbox's memory and the queue
	@exec $(BIN)/python -m demo.reset

audit reconcile doctor: .venv/run.stamp ## Ask it of what `make run` runs here: are the books right, are they Stripe's, is all set up
	@exec $(BIN)/python -m demo.command $@

test: .venv/dev.stamp ## Run the tests that everybody runs before a commit
	@exec $(BIN)/python -m pytest -n auto --dist loadscope -m "not slow"

test-all: .venv/dev.stamp ## Run every test, the slow ones too
	@exec $(BIN)/python -m pytest -n auto --dist loadscope

chaos: .venv/dev.stamp ## A hundred seeded runs of kills, locks and outages (SEED=17 RUNS=1 repeats one)
	@exec $(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(RUNS),--runs $(RUNS)) $(if $(JOBS),--jobs $(JOBS))

gallery: .venv/dev.stamp ## Take pictures of every page, message and document (ONLY=invoice: of some)
	@exec $(BIN)/python -m tests.gallery $(if $(ONLY),--only $(ONLY))

messages: .venv/run.stamp ## Collect all texts that people read, and those of customers, for those who translate them
	@mkdir -p translations
	@for what in $(TEXTS); do $(BIN)/pybabel --quiet extract --mapping $${what%:*} --add-location=file \
		--keywords 'lazy_gettext marked lazy_pgettext:1c,2 pmarked:1c,2' --sort-by-file --project Paydesk \
		--output translations/$${what#*:} . || exit 1; done

translations: messages ## Put new texts into the languages of customers, to be translated there, and make what is read from them
	@$(BIN)/pybabel --quiet update --input-file translations/customers.pot --output-dir translations \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	@$(BIN)/pybabel compile --directory translations --statistics

check: .venv/dev.stamp ## Check format, lint, types and the rooms
	@$(BIN)/ruff format --check --quiet . || { echo '`make fmt` repairs this.' >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/test_rooms.py

fmt: .venv/dev.stamp ## Format the code and repair what lint can repair
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format .

lock: ## Pin what pyproject.toml asks for (UPGRADE=1: in the newest versions it allows)
	@tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT && \
	$(PYTHON) -m venv "$$tools" && "$$tools/bin/python" -m pip install --quiet uv && PATH="$$tools/bin:$$PATH" && \
	$(UV_COMPILE) --output-file requirements/run.txt && \
	$(UV_COMPILE) --group dev --constraint requirements/run.txt --output-file requirements/dev.txt

clean: ## Delete what was installed and cached; data stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'Paydesk needs Python 3.11 or newer; install it, or name it: make run PYTHON=/path/to/python3' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo 'This Python cannot make virtual environments; on Debian and Ubuntu: sudo apt-get install python3-venv' >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv

.venv/run.stamp: requirements/run.txt | .venv/bin/python
	@echo 'Installing what Paydesk runs on (the first time this takes half a minute) ...'
	@$(PIP) -r requirements/run.txt
	@touch $@

.venv/dev.stamp: requirements/dev.txt .venv/run.stamp
	@echo 'Installing what the tests need ...'
	@$(PIP) -r requirements/dev.txt
	@touch $@

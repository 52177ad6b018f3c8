# Two commands are enough: `make run` and `make test`. The rest is for developers.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
MANIFESTS := setup.cfg pyproject.toml $(wildcard plugins/*/setup.cfg)

empty :=
space := $(empty) $(empty)
PLUGINS := $(patsubst %/setup.cfg,%,$(wildcard plugins/*/setup.cfg))
PACKAGES := deskcore $(notdir $(wildcard plugins/*/deskcore_*))

# Hundreds of processes that the tests start would each compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-whoosh3 test-interleavings test-access test-audit test-kill test-faults test-backup test-wheels test-chaos check lint types layers format messages docs bench bench-hooks bench-assets bench-live bench-sla bench-sla-replay size screenshots chromium clean

run: $(VENV)/.run
	@$(BIN)/deskcore demo
	@exec $(BIN)/deskcore run --host $(HOST) --port $(PORT)

test: $(VENV)/.dev chromium
	@$(BIN)/python -m pytest -n 2

# 10,000 random interleavings of several people at one ticket; about half an hour.
test-interleavings: $(VENV)/.dev
	@INTERLEAVINGS=10000 $(BIN)/python -m pytest -s -k interleavings_lose tests/tickets/test_interleavings.py

# Twin installations crawled as everybody, two links deep, and 200 random sequences of who may see what; over an hour.
test-access: $(VENV)/.dev
	@ACCESS_TEST=whole ACCESS_SEQUENCES=200 $(BIN)/python -m pytest -s tests/access

# 10,000 random administrative operations on each database: every change must be explained by an entry of the audit log.
test-audit: $(VENV)/.dev
	@AUDIT_OPERATIONS=10000 $(BIN)/python -m pytest -s -k random_operations tests/audit/test_completeness.py

# Submissions while processes are killed, a stop under load, eight workers; about an hour. SEED=… repeats the killing.
test-kill: $(VENV)/.dev
	@$(BIN)/python -m pytest tests/kills --rounds 20 --submissions 400 --kills 30 --jobs 2000 --processes 8 \
	  $(if $(SEED),--seed $(SEED))
	@PURGE_STEPS=all $(BIN)/python -m pytest tests/plugin_data/test_purge.py -k killed

# The database is away for a minute under load, and slow beyond every patience; ten minutes.
test-faults: $(VENV)/.dev
	@$(BIN)/python -m pytest tests/faults --outage 60 --load 200

# A backup while fifty submissions a second come in for a minute, and restoring it, on each database; five minutes.
test-backup: $(VENV)/.dev
	@BACKUP_SUBMISSIONS=3000 $(BIN)/python -m pytest tests/recovery/test_under_load.py

# Every bundled plugin tried by its rules, and as a wheel in an empty environment: installed, upgraded, killed, removed.
test-wheels: $(VENV)/.dev
	@WHEELS=all $(BIN)/python -m pytest tests/wheels tests/plugin_rules/test_trial.py -k "wheel or trial or install or environment"

# Every behaviour of a plugin in every place that it is called in, on each database; about half an hour. Prints a table.
test-chaos: $(VENV)/.dev
	@$(BIN)/python -m pytest tests/chaos --whole-matrix

# What every search backend does alike, with whoosh3, the successor of Whoosh-Reloaded, in place of it; two minutes.
test-whoosh3: $(VENV)/.dev
	@rm -rf build/whoosh3
	@$(PIP) install --no-deps --target build/whoosh3 whoosh3 || { \
	  echo "whoosh3 cannot be installed: the package index has none for this Python, or does not answer."; exit 1; }
	@PYTHONPATH=build/whoosh3 $(BIN)/python -c "import whoosh; print('Whoosh', *whoosh.__version__)"
	@PYTHONPATH=build/whoosh3 $(BIN)/python -m pytest tests/search plugins/search

check: lint types layers

lint: $(VENV)/.dev
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

format: $(VENV)/.dev
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

types: $(VENV)/.dev
	@MYPYPATH=$(subst $(space),:,$(PLUGINS)) $(BIN)/mypy $(addprefix -p ,$(PACKAGES))

layers: $(VENV)/.dev
	@$(BIN)/lint-imports --no-logo

# New texts of the code go into each messages.po, untranslated; texts that are gone leave it.
messages: $(VENV)/.dev
	@mkdir -p build
	@for translations in deskcore/translations $(wildcard plugins/*/deskcore_*/translations); do \
	  $(BIN)/pybabel --quiet extract --mapping-file babel.cfg -k _l -k lazy_gettext -k sentence \
	    --add-location file --sort-output --output build/messages.pot "$$(dirname "$$translations")" && \
	  $(BIN)/pybabel --quiet update --input-file build/messages.pot --output-dir "$$translations" --locale pl \
	    --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 110 || exit 1; \
	done

# The documentation, into build/docs; a link that leads nowhere is an error.
docs: $(VENV)/.dev
	@$(BIN)/python -m sphinx -q -W --keep-going -b html docs build/docs
	@echo "The documentation is in build/docs/index.html."

bench: $(VENV)/.dev
	@$(BIN)/python -m benchmarks

# What plugins cost: a call of each caller, a start with thirty, a ticket page with ten panels; as ratios.
bench-hooks: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.hooks

# What 100,000 pieces of equipment cost against 1,000, and how fast they come in.
bench-assets: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.assets

# What 200 open pages cost that ask what is new, on 33,000 tickets; six minutes (MORE="--seconds 10" for
# less, MORE=DATA for real ones in a folder of data).
bench-live: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.live $(MORE)

# What one SLA clock costs; what due times cost lists; a calendar that 100,000 open tickets count by changes while people
# go on working (MORE="--size 10000 --databases sqlite" for less).
bench-sla: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.sla
	@$(BIN)/python -m benchmarks.due $(MORE)
	@$(BIN)/python -m benchmarks.sla_recount $(MORE)

# The SLA clock over two real logs, beside figures that another program counted: DATA=their folder.
bench-sla-replay: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.sla_replay $(DATA)

size: $(VENV)/.dev
	@$(BIN)/python benchmarks/size.py

screenshots: $(VENV)/.dev chromium
	@$(BIN)/python -m tests.browser.screenshots
	@$(BIN)/python -m tests.docs.pictures

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find deskcore plugins tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is renewed when a manifest changes, so that a second run starts at once.
$(VENV)/.run: $(VENV)/.created $(MANIFESTS)
	@echo "Installing Deskcore into $(VENV) …"
	@$(PIP) install --editable '.[bundled]'
	@touch $@

$(VENV)/.dev: $(VENV)/.created $(MANIFESTS)
	@echo "Installing Deskcore and its development tools into $(VENV) …"
	@$(PIP) install --editable '.[bundled,dev]'
	@touch $@ $(VENV)/.run

$(VENV)/.created:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "Deskcore needs Python 3.11 or newer, and $(PYTHON) was not found: name one with PYTHON=…"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Deskcore needs Python 3.11 or newer, and $(PYTHON) is older: name another with PYTHON=python3.11."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments yet: apt-get install python3-venv, then try again."; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# The tests drive a real browser: Debian's Chromium, best the one without windows.
chromium:
	@command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Chromium for the browser tests …"; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  { apt-get update -qq && \
	    { apt-get install -y -qq chromium-headless-shell || apt-get install -y -qq chromium; }; } </dev/null >/dev/null; \
	else \
	  echo "The browser tests need Chromium: apt-get install chromium, then try again."; exit 1; \
	fi

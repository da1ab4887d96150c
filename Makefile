# Everything a person does with the project. Each target sets up what is missing first.
SHELL := /bin/bash
.DEFAULT_GOAL := help

LOCK := requirements/project.lock
READY := .venv/.ready
SCRIPTS := .venv/npm/pages/package-lock.json
export TONGXIN_HOME ?= $(CURDIR)/var

.PHONY: run test lint bench faults screens words lock clean help

run: $(READY) $(SCRIPTS) ## Start a whole site at http://127.0.0.1:8000 (TONGXIN_PORT, TONGXIN_HOME); Ctrl-C stops it
	@exec .venv/bin/tongxin up

test: $(READY) $(SCRIPTS) ## Run all tests against real servers (ARGS="tests/delivery -k order" for some)
	@exec .venv/bin/python -m pytest $(ARGS)

lint: $(READY) ## ruff, mypy strict, import-linter
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache

bench: $(READY) ## Measure each figure beside its limit (SECONDS_EACH=10 ROUNDS=2 FEED=20000 ONLY=commands,view)
	@exec .venv/bin/python -m tests.bench

faults: $(READY) ## A storm of kills, pauses, restarts and full disks under load; nothing may be lost (SEED=1 MINUTES=2)
	@exec .venv/bin/python -m tests.faults

screens: $(READY) $(SCRIPTS) ## Take the pictures in docs/screens anew, of the demo; needs chromium
	@exec .venv/bin/python -m tests.browser.screens

WORDS := services/gateway/languages

words: $(READY) ## Gather what pages say into the Chinese catalogue; then translate what is empty there
	.venv/bin/pybabel -q extract -F pyproject.toml --no-wrap --no-location --sort-output \
		--project=Tongxin --copyright-holder=Tongxin -o $(WORDS)/pages.pot services/gateway
	.venv/bin/pybabel -q update -l zh_CN --no-wrap --no-fuzzy-matching --ignore-obsolete \
		-i $(WORDS)/pages.pot -o $(WORDS)/zh_CN.po
	@rm $(WORDS)/pages.pot

PIN := .venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-annotate --no-header --no-strip-markers -q

lock: $(READY) ## Pin requirements/*.in anew, with hashes, for Python 3.11 to 3.14
	.venv/bin/python -m pip install -q uv
	$(PIN) -o $(LOCK) requirements/project.in
	$(PIN) -c $(LOCK) -o requirements/site.lock requirements/site.in
	$(PIN) -o requirements/scim2.lock requirements/scim2.in

clean: ## Remove the virtual environment and caches; the data in TONGXIN_HOME stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info

$(READY): $(LOCK) pyproject.toml deploy/setup.sh
	@bash deploy/setup.sh $(LOCK)
	@touch $@

$(SCRIPTS): requirements/pages/package-lock.json requirements/pages/.npmrc | $(READY)
	@.venv/bin/python -m deploy.npm

help: ## Say what there is to do
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

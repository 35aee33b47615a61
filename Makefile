# Everything a fresh machine with Python ≥ 3.11 and make needs. uv is used where it is installed, plain pip elsewhere.
PYTHON ?= python3
DEV := .venv-dev/bin
LOCKS := cpu gpu training dev
.DEFAULT_GOAL := help
.PHONY: help run test test-learning test-jax test-oracle lint lock openapi bench bench-models training clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: .venv/.installed ## serve the shipped bundle on 127.0.0.1:8000 (settings: DERMSERVE_*, see docs/service.md)
	.venv/bin/python -m service serve

test: .venv-dev/.installed ## run the tests
	$(DEV)/python -m pytest -n 2 --dist loadfile

test-learning: .venv-dev/.installed ## run the slow tests that show that each method learns
	$(DEV)/python -m pytest -m learning

test-jax: .venv-dev/.installed ## run the tests of fitting and distillation on Keras's JAX backend
	KERAS_BACKEND=jax JAX_PLATFORMS=cpu $(DEV)/python -m pytest $(addprefix tests/training/test_,$(addsuffix .py,\
	  fit losses optimizer schedule learner distill))

test-oracle: .venv-dev/.installed .venv-oracle/.installed ## check the metrics against the scorer of the ISIC challenges
	$(DEV)/python -m pytest -m oracle tests/oracle

lint: .venv-dev/.installed ## style, types, import rules, and no host name in the locks
	$(DEV)/ruff check .
	$(DEV)/ruff format --check .
	$(DEV)/mypy
	$(DEV)/lint-imports
	@! grep -nE 'https?://|--(extra-)?index-url|--find-links' requirements/*.lock || (echo 'a lock names a host' && false)

lock: .venv-dev/.installed ## resolve dependencies anew into requirements/*.lock
	for extra in $(LOCKS); do \
	  $(DEV)/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 --extra $$extra \
	    --custom-compile-command 'make lock' --output-file requirements/$$extra.lock pyproject.toml || exit 1; \
	done
	$(DEV)/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 \
	  --custom-compile-command 'make lock' --output-file requirements/oracle.lock requirements/oracle.in
	$(DEV)/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 \
	  --custom-compile-command 'make lock' --output-file requirements/bench.lock requirements/bench.in

openapi: .venv-dev/.installed ## write openapi/openapi.json from the app
	$(DEV)/python -m service openapi openapi/openapi.json

bench: .venv-dev/.installed ## measure serving against its physical limit, and the pixel path against a full decode
	$(DEV)/python -m benchmarks.pixel_path
	$(DEV)/python -m benchmarks.serving

bench-models: .venv-dev/.installed .venv-bench/.installed ## time the model in each precision against its peers
	$(DEV)/python -m benchmarks.inference --bundle models/dermoscopy/$$(cat models/dermoscopy/current) --openvino .venv-bench/bin/python

training: .venv-training/.installed ## environment for training and export: .venv-training/bin/python -m training --help

clean: ## remove environments and caches; data, runs and models stay
	rm -rf .venv .venv-dev .venv-training .venv-oracle .venv-bench .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

# $(1): environment, $(2): lock
define install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Python 3.11 or later is needed; {sys.version}")'
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --allow-existing --python $(PYTHON) $(1) && \
	  uv pip sync --quiet --require-hashes --python $(1)/bin/python $(2); \
	else \
	  $(PYTHON) -m venv $(1) && $(1)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(2); \
	fi
	@touch $@
endef

.venv/.installed: requirements/cpu.lock
	$(call install,.venv,$<)

.venv-dev/.installed: requirements/dev.lock
	$(call install,.venv-dev,$<)

.venv-training/.installed: requirements/training.lock
	$(call install,.venv-training,$<)

.venv-oracle/.installed: requirements/oracle.lock
	$(call install,.venv-oracle,$<)

.venv-bench/.installed: requirements/bench.lock
	$(call install,.venv-bench,$<)

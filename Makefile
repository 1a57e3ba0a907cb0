PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Tiny models: more threads a process make two processes on two cores slower, not faster.
export OMP_NUM_THREADS ?= 1

# What builds and runs the image: docker, or podman.
ENGINE ?= docker
VOLUMES := --volume superficial-results:/artifact/results --volume superficial-models:/home/artifact/.cache/huggingface

.PHONY: help install reproduce test clean image reproduce-in-image

help:
	@echo "make install     create .venv and install the locked packages"
	@echo "make reproduce   train the lab's models, distil the head, write results/lab"
	@echo "make test        lint, types and tests, with the whole pipeline at toy size"
	@echo "make image       build the image (BASE_IMAGE=... names another base than CUDA's, ENGINE=... another engine than docker)"
	@echo "make reproduce-in-image   make reproduce in it, without a network; results are in the volume superficial-results"
	@echo "make clean       remove the environment (results stay)"

install: $(STAMP)

reproduce: $(STAMP)
	$(BIN)/invoke reproduce-all

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -q

image:
	$(ENGINE) build $(if $(BASE_IMAGE),--build-arg BASE_IMAGE=$(BASE_IMAGE)) --tag superficial .

reproduce-in-image:
	$(ENGINE) run --rm --network none $(VOLUMES) superficial make reproduce

$(STAMP): $(wildcard requirements/*.txt) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python %d.%d is too old: 3.11 or later is needed (make PYTHON=... names another)." % sys.version_info[:2])'
	$(PYTHON) -m venv .venv
	@if $(BIN)/pip install -q --require-hashes --no-deps -r requirements/torch-cpu.txt 2>.venv/torch-cpu.log; then :; \
	elif grep -q "No matching distribution" .venv/torch-cpu.log; then echo "no CPU build of torch is configured here: taking the CUDA build"; \
	else cat .venv/torch-cpu.log >&2; exit 1; fi
	$(BIN)/pip install -q --require-hashes --no-deps -r requirements/lock.txt
	@$(BIN)/python -c 'import torch' 2>/dev/null || $(BIN)/pip install -q --require-hashes --no-deps -r requirements/lock-cuda.txt
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

clean:
	rm -rf .venv

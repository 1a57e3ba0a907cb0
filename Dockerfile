# The CUDA release that the locked torch is built for. Any Debian or Ubuntu base with Python 3.11 or later works, too.
ARG BASE_IMAGE=nvidia/cuda:13.0.3-cudnn-runtime-ubuntu24.04@sha256:14f6d08d1cd4a96effbfe3101d0b56326f552c199d05e4979ee0bd616df5811b
FROM ${BASE_IMAGE}

# The base image, pinned by its digest, decides the versions of these packages.
# hadolint ignore=DL3008
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends git make python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*

RUN useradd --create-home --uid 10001 artifact \
    && mkdir -p /artifact/results /home/artifact/.cache/huggingface \
    && chown -R artifact: /artifact /home/artifact/.cache
USER 10001
WORKDIR /artifact

# The locks are copied first, so that the layer of installed packages survives a change of the sources.
COPY --chown=artifact:artifact requirements requirements
RUN python3 -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements/lock.txt -r requirements/lock-cuda.txt

# Named one by one, so that the host's .venv and results stay out of the image.
COPY --chown=artifact:artifact LICENSE CITATION.cff *.md Makefile pyproject.toml tasks.py ./
COPY --chown=artifact:artifact src src
COPY --chown=artifact:artifact repro repro
COPY --chown=artifact:artifact docs docs
COPY --chown=artifact:artifact bench bench
COPY --chown=artifact:artifact examples examples
COPY --chown=artifact:artifact paper paper
COPY --chown=artifact:artifact figures figures
COPY --chown=artifact:artifact tests tests
RUN .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation -e . && touch .venv/.installed

ENV HF_HOME=/home/artifact/.cache/huggingface
VOLUME ["/artifact/results", "/home/artifact/.cache/huggingface"]
CMD ["make", "help"]

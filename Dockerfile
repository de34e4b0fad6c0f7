# syntax=docker/dockerfile:1
# Three images: `app` (every process of Colloquy), `languagetool` and `s3`, which are servers that others publish no image of
# in the versions that are tested here. docs/operations.md says what of this could not be built where it was written.

ARG PYTHON=3.11.13-slim-bookworm

FROM python:${PYTHON} AS build
# `cpu`: PyTorch's small CPU build, which uv knows where to get, in the lock's version, but by no hash of the lock.
# `cuda`: the lock's own, with 3.3 GB of CUDA, which a GPU needs and `import torch` of that build wants in any case.
ARG TORCH=cpu
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN pip install --no-cache-dir uv==0.13.9 && python -m venv --without-pip /venv
WORKDIR /src
COPY pyproject.toml requirements.lock ops/image_requirements.py ./
# The lock has those of tests and embedded servers, too: only what the product itself needs is installed.
RUN uv pip compile --quiet --no-annotate --no-header --constraints requirements.lock pyproject.toml > names.txt \
    && python image_requirements.py requirements.lock names.txt "--with-${TORCH}" > wanted.txt \
    && uv pip install --quiet --python /venv/bin/python --no-deps --require-hashes -r wanted.txt \
    && if [ "${TORCH}" = cpu ]; then \
         grep -oE '^(torch|torchaudio)==[^ ]+' names.txt > torch.txt \
         && uv pip install --quiet --python /venv/bin/python --no-deps --torch-backend cpu -r torch.txt; \
       fi
COPY . .
RUN uv pip install --quiet --python /venv/bin/python --no-deps . \
    && /venv/bin/python -c "import service.app, workers.app, workers.flower, workers.metrics, workers.intake_sqs, cli.main"

FROM python:${PYTHON} AS app
# A number that no user of a host has; nothing in the image belongs to it, so that it can change nothing there.
RUN groupadd --gid 10001 colloquy && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp colloquy
COPY --from=build /venv /venv
# LOGNAME, so that any other number may be its user, too: PyTorch asks for the user's name and ends without one.
ENV PATH=/venv/bin:${PATH} HOME=/tmp LOGNAME=colloquy PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    COLLOQUY_HOME=/data COLLOQUY_LOG__JSON_LINES=1 HF_HUB_OFFLINE=1 MPLCONFIGDIR=/tmp NUMBA_CACHE_DIR=/tmp
# Named volumes take the owner of the folder that they are laid over.
RUN install --directory --owner=10001 --group=10001 /data /scratch
USER 10001:10001
WORKDIR /tmp
CMD ["colloquy", "--help"]

FROM maven:3.9.9-eclipse-temurin-17 AS languagetool-build
COPY embedded/servers/data/languagetool-pom.xml /src/pom.xml
RUN mvn --quiet --batch-mode --file /src/pom.xml dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=/libs

FROM eclipse-temurin:17.0.15_6-jre-jammy AS languagetool
COPY --from=languagetool-build /libs /libs
COPY ops/languagetool /etc/languagetool
USER 10002:10002
WORKDIR /tmp
CMD ["/bin/sh", "/etc/languagetool/start.sh"]

FROM golang:1.26-bookworm AS s3-build
RUN CGO_ENABLED=0 GOBIN=/out go install github.com/versity/versitygw/cmd/versitygw@v1.7.0

# As `app`, whose layers it shares, for a health check that speaks TLS.
FROM python:${PYTHON} AS s3
RUN install --directory --owner=10003 --group=10003 /objects
COPY --from=s3-build /out/versitygw /usr/local/bin/versitygw
COPY ops/s3/start.sh ops/s3/events.json /etc/s3/
USER 10003:10003
WORKDIR /objects
CMD ["/bin/sh", "/etc/s3/start.sh"]

# Everything but Superset: pipeline, models, Dagster, MLflow. Which of them runs is the command's choice.
FROM python:3.11-slim-bookworm

# LightGBM links OpenMP; MLflow and Dagster ask git for nothing here. Training on another machine goes over ssh.
RUN apt-get update && apt-get install --yes --no-install-recommends libgomp1 openssh-client && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/lyra

# A package mirror: taken from the environment of `docker compose build` where it is set.
ARG PIP_INDEX_URL

# Dependencies first: they change seldom. The same code and locks as `./lyra` itself.
COPY infra/locks/uv.txt infra/locks/pipeline.txt infra/locks/
COPY infra/local/environments.py infra/local/
RUN [ -n "$PIP_INDEX_URL" ] || unset PIP_INDEX_URL; \
    python -I infra/local/environments.py --make pipeline && rm -rf /root/.cache

COPY pyproject.toml ./
COPY infra infra
COPY ml_assets ml_assets
COPY orchestration orchestration
COPY dbt_project dbt_project

ENV PATH=/opt/lyra/.venv/bin:$PATH \
    PYTHONPATH=/opt/lyra \
    PYTHONUNBUFFERED=1 \
    LYRA_HOME=/var/lib/lyra \
    LYRA_SECRETS_DIR=/run/secrets

RUN useradd --uid 10001 --home-dir /var/lib/lyra lyra \
    && mkdir -p /var/lib/lyra /run/lyra \
    && chown -R lyra:lyra /var/lib/lyra /run/lyra
USER lyra

# Superset with our configuration, dashboards and tenant wall; the official image has no database driver.
FROM python:3.11-slim-bookworm

WORKDIR /opt/lyra

ARG PIP_INDEX_URL

COPY infra/locks/uv.txt infra/locks/superset.txt infra/locks/
COPY infra/local/environments.py infra/local/
RUN [ -n "$PIP_INDEX_URL" ] || unset PIP_INDEX_URL; \
    python -I infra/local/environments.py --make superset && rm -rf /root/.cache

COPY superset superset

ENV PATH=/opt/lyra/superset/.venv/bin:$PATH \
    PYTHONPATH=/opt/lyra/superset \
    PYTHONUNBUFFERED=1 \
    LYRA_HOME=/var/lib/lyra \
    LYRA_SECRETS_DIR=/run/secrets

# The same user as in the pipeline's image: they share the file by which Superset is provisioned.
RUN useradd --uid 10001 --home-dir /var/lib/lyra lyra \
    && mkdir -p /var/lib/lyra /run/lyra \
    && chown -R lyra:lyra /var/lib/lyra /run/lyra
USER lyra

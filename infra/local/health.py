"""Whether a service answers: asked the way its own users ask it, never from a pid alone."""

import http.client
import urllib.error
import urllib.request

import psycopg

from infra.settings import Settings


def mlflow(settings: Settings) -> bool:
    return _answers(f"{settings.mlflow_url}/health")


def superset(settings: Settings) -> bool:
    return _answers(f"http://{_local(settings)}:{settings.port('superset')}/health")


def dagster_webserver(settings: Settings) -> bool:
    return _answers(f"http://{_local(settings)}:{settings.port('dagster')}/server_info")


def dagster_code(settings: Settings) -> bool:
    """gRPC's own health protocol: the port opens only after `orchestration.definitions` was loaded."""
    import grpc  # type: ignore[import-untyped]
    from grpc_health.v1 import health_pb2, health_pb2_grpc  # type: ignore[import-untyped]

    with grpc.insecure_channel(f"{_local(settings)}:{settings.port('dagster_code')}") as channel:
        request = health_pb2.HealthCheckRequest(service="DagsterApi")
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(request, timeout=3)
        except grpc.RpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def dagster_daemon(settings: Settings) -> bool:
    """It has no port: each of its threads writes a heartbeat every 30 s, and all must be younger than 2 minutes."""
    try:
        with psycopg.connect(settings.url("dagster"), connect_timeout=3) as connection:
            row = connection.execute(
                "select count(*), max(extract(epoch from (now() at time zone 'utc') - timestamp)) "
                "from daemon_heartbeats"
            ).fetchone()
    except psycopg.Error:
        return False
    return row is not None and row[0] > 0 and row[1] < 120


def postgres(settings: Settings) -> bool:
    try:
        with psycopg.connect(settings.admin_url, connect_timeout=3) as connection:
            connection.execute("select 1")
    except psycopg.Error:
        return False
    return True


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy has no business on this machine
    try:
        with opener.open(url, timeout=3) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, http.client.HTTPException, OSError):
        return False


def _local(settings: Settings) -> str:
    return "127.0.0.1" if settings.bind in ("127.0.0.1", "0.0.0.0") else settings.bind

"""The page about models is the bank's: a tenant gets nothing of it, by page, chart data or its own database role."""

import json

import psycopg
import pytest
from psycopg import sql

from infra.database.bootstrap import tenant_password
from orchestration.wall import STAFF_ONLY, faults_of_the_wall
from tests.superset.client import Client
from tests.superset.stack import ANALYST_PASSWORD, TENANTS, Stack
from tests.superset.test_superset_isolation import Board

ME = TENANTS[0]
SECRET = "8812345"
DRIFT = {"ru": "Сдвиг входов и прогнозов", "en": "Drift of inputs and forecasts"}
FORECASTS = {"ru": "Насколько точны были прежние прогнозы для вас", "en": "How good were earlier forecasts for you"}


@pytest.fixture(scope="module")
def me(stack: Stack) -> Client:
    return Client(stack.url).login(ME.login, ME.password)


@pytest.fixture(scope="module")
def staff(stack: Stack) -> Client:
    return Client(stack.url).login("analyst", ANALYST_PASSWORD)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_staff_get_every_chart(staff: Client, language: str) -> None:
    view = Board(staff, f"model-health-{language}")
    assert len(view.charts) == 19
    for name in view.charts:
        answer = view.ask(view.request(name))
        assert answer.status == 200, (name, answer.text[:300])
    assert SECRET in view.ask(view.request(DRIFT[language])).text


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_client_can_not_open_the_page_nor_its_data(me: Client, staff: Client, language: str) -> None:
    view = Board(staff, f"model-health-{language}")
    for one in (f"model-health-{language}", view.dashboard["id"]):
        assert me.get(f"/superset/dashboard/{one}/").status == 404
        for path in ("", "/charts", "/datasets", "/tabs"):
            answer = me.get(f"/api/v1/dashboard/{one}{path}")
            assert answer.status in (403, 404), (path, answer.status)
            assert SECRET not in answer.text
    own = Board(me, "overview-ru").dashboard["id"]
    for name, chart in view.charts.items():
        body = view.request(name)
        number = body["datasource"]["id"]
        for dashboard in (view.dashboard["id"], own):
            body["form_data"]["dashboardId"] = dashboard
            answer = me.send("POST", "/api/v1/chart/data", body)
            assert answer.status == 403, (name, answer.text[:300])
        for path in (f"/api/v1/chart/{chart['id']}", f"/api/v1/chart/{chart['id']}/data/", f"/api/v1/dataset/{number}"):
            assert me.get(path).status in (403, 404), path


def test_a_client_s_own_chart_can_not_be_pointed_at_a_table_of_staff(me: Client, staff: Client) -> None:
    drift = Board(staff, "model-health-ru").request(DRIFT["ru"])
    view = Board(me, "overview-ru")
    body = view.request("Данные") | {"datasource": drift["datasource"]}
    body["queries"] = drift["queries"]
    answer = view.ask(body)
    assert answer.status in (400, 403)
    assert SECRET not in answer.text


def test_a_tenant_s_database_role_may_not_read_the_tables(stack: Stack) -> None:
    with psycopg.connect(
        stack.settings.url("warehouse"), user=ME.role_name, password=tenant_password(stack.settings, ME.role_name)
    ) as tenant:
        assert tenant.execute("select count(distinct tenant_id) from serving.forecast_errors").fetchone() == (1,)
        for table in STAFF_ONLY:
            with pytest.raises(psycopg.errors.InsufficientPrivilege), tenant.transaction():
                tenant.execute(sql.SQL("select 1 from {}").format(sql.Identifier("serving", table)))


def test_the_wall_is_whole(stack: Stack) -> None:
    with psycopg.connect(stack.settings.url("warehouse")) as owner:
        assert faults_of_the_wall(owner) == []


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_tenant_sees_the_errors_of_its_own_forecasts(stack: Stack, language: str) -> None:
    tenant = next(one for one in TENANTS if one.language == language)
    view = Board(Client(stack.url).login(tenant.login, tenant.password), f"overview-{language}")
    answer = view.ask(view.request(FORECASTS[language]))
    rows = answer.json["result"][0]["data"]
    assert {row["forecast_count"] for row in rows} == {tenant.canary, None}
    unknown = {"ru": "пока неизвестно", "en": "not yet known"}[language]
    both_models = [unknown, unknown]
    assert [row[f"error_{language}"] for row in rows if row["forecast_count"] is None] == both_models


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_page_has_a_copy_in_each_language(staff: Client, language: str) -> None:
    other = {"ru": "en", "en": "ru"}[language]
    staff.get(f"/lang/{language}")
    assert staff.get(f"/superset/dashboard/model-health-{other}/").url.endswith(f"/model-health-{language}/")
    title = json.loads(staff.get(f"/api/v1/dashboard/model-health-{language}").text)["result"]["dashboard_title"]
    assert title == {"ru": "Качество моделей", "en": "Model health"}[language]

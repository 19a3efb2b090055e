"""One tenant attacks: no other tenant's amount may come back. Staff is the control that trips the detector."""

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from tests.superset.client import Answer, Client
from tests.superset.stack import ADMIN_PASSWORD, ANALYST_PASSWORD, TENANTS, Stack

ME, OTHER, THIRD = TENANTS
SLUG = {tenant.login: f"overview-{tenant.language}" for tenant in TENANTS}


def canaries_in(answer: Answer | str) -> set[int]:
    """Tenants whose revenue is in the bytes, in whatever way it is written."""
    text = answer if isinstance(answer, str) else answer.text
    digits = re.sub(r"(?<=\d)(\\u[0-9a-f]{4}|&nbsp;|[\s,.'\u00a0\u202f])(?=\d)", "", text)
    return {tenant.tenant_id for tenant in TENANTS if str(tenant.canary) in digits}


@pytest.fixture(scope="module")
def me(stack: Stack) -> Client:
    return Client(stack.url).login(ME.login, ME.password)


@pytest.fixture(scope="module")
def staff(stack: Stack) -> Client:
    return Client(stack.url).login("analyst", ANALYST_PASSWORD)


class Board:
    """The charts of a dashboard and the requests that its page sends."""

    def __init__(self, client: Client, slug: str) -> None:
        self.client = client
        self.dashboard = client.get(f"/api/v1/dashboard/{slug}").json["result"]
        self.charts = {one["slice_name"]: one for one in client.get(f"/api/v1/dashboard/{slug}/charts").json["result"]}

    def request(self, chart_name: str) -> dict[str, Any]:
        """What the page sends for this chart when it opens."""
        chart = self.charts[chart_name]
        form = chart["form_data"]
        number, kind = form["datasource"].split("__")
        metrics = [form["metric"]] if form.get("metric") else form.get("metrics", [])
        columns = form.get("all_columns") or []
        query = {
            "columns": columns,
            "metrics": metrics or None,
            "orderby": [],
            "filters": [
                {"col": one["subject"], "op": one["operator"], "val": one["comparator"]}
                for one in form["adhoc_filters"]
            ]
            + [condition for one in self.filters_of(chart["id"]) for condition in one],
            "extras": {"having": "", "where": ""},
            "row_limit": 1000,
        }
        return {
            "datasource": {"id": int(number), "type": kind},
            "force": False,
            "queries": [query],
            "form_data": {"slice_id": chart["id"], "dashboardId": self.dashboard["id"], "viz_type": form["viz_type"]},
            "result_format": "json",
            "result_type": "full",
        }

    def filters_of(self, chart: int) -> list[list[dict[str, Any]]]:
        native = json.loads(self.dashboard["json_metadata"])["native_filter_configuration"]
        return [
            one["defaultDataMask"]["extraFormData"].get("filters", [])
            for one in native
            if chart not in one["scope"]["excluded"]
        ]

    def merchants(self) -> dict[str, Any]:
        """What the bank's page sends for the choices of its first filter."""
        chosen = json.loads(self.dashboard["json_metadata"])["native_filter_configuration"][0]
        query = {"columns": ["tenant_name"], "metrics": [], "filters": [], "orderby": [["tenant_name", True]],
                 "extras": {}, "row_limit": 1000}  # fmt: skip
        return {
            "datasource": {"id": chosen["targets"][0]["datasetId"], "type": "table"},
            "queries": [query],
            "form_data": {
                "type": "NATIVE_FILTER",
                "native_filter_id": chosen["id"],
                "dashboardId": self.dashboard["id"],
            },
            "result_format": "json",
            "result_type": "full",
        }

    def ask(self, body: dict[str, Any]) -> Answer:
        return self.client.send("POST", "/api/v1/chart/data", body)


@pytest.fixture(scope="module")
def board(me: Client) -> Board:
    return Board(me, SLUG[ME.login])


REVENUE = "Выручка"
CHANGES = "Что изменилось"


def test_a_tenant_sees_its_own_revenue(board: Board) -> None:
    answer = board.ask(board.request(REVENUE))
    assert answer.status == 200, answer.text
    assert canaries_in(answer) == {ME.tenant_id}


def test_staff_sees_every_tenant_so_the_detector_works(staff: Client) -> None:
    view = Board(staff, "overview-ru")
    answer = view.ask(view.request(CHANGES) | {"force": True})
    assert answer.status == 200, answer.text
    assert canaries_in(answer) == {tenant.tenant_id for tenant in TENANTS}


def expression(sql: str) -> dict[str, Any]:
    return {"expressionType": "SQL", "sqlExpression": sql, "label": "x", "optionName": "x"}


OTHERS_REVENUE = "(select sum(value) from serving.overview_metrics)"
LEAKS = [
    OTHERS_REVENUE,
    "max(value) over ()",
    f"set_config('role', '{OTHER.role_name}', false)",
    f"set_config('session_authorization', '{OTHER.role_name}', true)",
    "query_to_xml('select * from serving.overview_metrics', true, false, '')::text",
    "(select string_agg(value::text, ',') from serving.overview_metrics)",
    "current_setting('is_superuser')",
    "pg_stat_get_live_tuples('serving.overview_metrics'::regclass)",
    "1/(select count(*) from security.tenants)",
    "(select max(value) from serving.overview_metrics)::text::date",
    "pg_sleep(5)",
    "lo_import('/etc/passwd')",
    "(select string_agg(login, ',') from security.tenants)",
    "{{ current_user_id() }}",
]
Mutation = Callable[[dict[str, Any], Any], None]


def _in_query(key: str, wrap: Callable[[Any], Any]) -> Mutation:
    def change(body: dict[str, Any], value: Any) -> None:
        body["queries"][0][key] = wrap(value)

    return change


SQL_PLACES: dict[str, Mutation] = {
    "metric": _in_query("metrics", lambda sql: [expression(sql)]),
    "column": _in_query("columns", lambda sql: [expression(sql)]),
    "axis": _in_query("columns", lambda sql: [expression(sql) | {"columnType": "BASE_AXIS", "timeGrain": "P1D"}]),
    "order": _in_query("orderby", lambda sql: [[expression(sql), True]]),
    "where": _in_query("extras", lambda sql: {"where": f"1 = 1 or {sql} is not null", "having": ""}),
    "having": _in_query("extras", lambda sql: {"where": "", "having": f"{sql} is not null"}),
    "filter column": _in_query("filters", lambda sql: [{"col": expression(sql), "op": "IS NOT NULL", "val": None}]),
    "series limit": _in_query("series_limit_metric", expression),
}


@pytest.mark.parametrize("place", SQL_PLACES)
def test_sql_from_a_client_is_refused_wherever_it_stands(board: Board, place: str) -> None:
    for sql in LEAKS:
        body = board.request(CHANGES)
        SQL_PLACES[place](body, sql)
        answer = board.ask(body)
        assert answer.status == 403, (sql, answer.text[:300])
        assert canaries_in(answer) <= {ME.tenant_id}


def test_parts_of_another_query_are_refused(board: Board) -> None:
    mutations: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "samples": ({}, {"result_type": "samples"}),
        "drill to detail": ({}, {"result_type": "drill_detail"}),
        "the query itself": ({}, {"result_type": "query"}),
        "columns of the dataset": ({}, {"result_type": "columns"}),
        "another column": ({"columns": ["tenant_id"]}, {}),
        "another metric": ({"metrics": ["revenue"]}, {}),
        "annotation": ({"annotation_layers": [{"name": "x", "sourceType": "NATIVE", "value": 1}]}, {}),
        "post processing": ({"post_processing": [{"operation": "prophet", "options": {}}]}, {}),
        "row limit": ({"row_limit": 9_999_999}, {}),
        "time offset": ({"time_offsets": ["1 day ago'; select 1"]}, {}),
        "cache timeout": ({}, {"custom_cache_timeout": -1}),
        "filter on the tenant": ({"filters": [{"col": "tenant_id", "op": "==", "val": OTHER.tenant_id}]}, {}),
    }
    for name, (query, context) in mutations.items():
        body = board.request(CHANGES)
        body["queries"][0] |= query
        answer = board.ask(body | context)
        assert answer.status in (400, 403), (name, answer.text[:300])
        assert canaries_in(answer) <= {ME.tenant_id}, name


def test_charts_and_datasets_can_not_be_swapped(board: Board) -> None:
    for change in (
        {"slice_id": board.charts[REVENUE]["id"], "dashboardId": None},
        {"slice_id": None},
        {"slice_id": 9_999},
        {"slice_id": str(board.charts[CHANGES]["id"])},
        {"dashboardId": 9_999},
        {"slice_id": board.charts["Выручка по неделям и прогноз"]["id"]},
        {"type": "NATIVE_FILTER", "native_filter_id": "NATIVE_FILTER-none"},
    ):
        body = board.request(CHANGES)
        body["form_data"] |= change
        assert board.ask(body).status in (400, 403), change
    other = board.request(CHANGES)
    other["datasource"] = board.request("Данные")["datasource"]
    assert board.ask(other).status in (400, 403)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_dashboard_of_the_bank_is_closed_to_a_client(me: Client, staff: Client, language: str) -> None:
    slug = f"overview-bank-{language}"
    bank = Board(staff, slug)
    number = bank.dashboard["id"]
    for one in (slug, number):
        assert me.get(f"/superset/dashboard/{one}/").status == 404
        for path in (
            f"/api/v1/dashboard/{one}",
            f"/api/v1/dashboard/{one}/charts",
            f"/api/v1/dashboard/{one}/datasets",
        ):
            assert me.get(path).status in (403, 404), path


def test_the_bank_s_dashboard_opens_no_way_around_the_gate(me: Client, board: Board, staff: Client) -> None:
    """It shows the client's own charts, so that only the dashboard's number is wrong; and it knows a filter more."""
    bank = Board(staff, "overview-bank-ru")
    by_name = {"col": "tenant_name", "op": "IN", "val": [OTHER.name]}
    for dashboard, condition in ((bank, None), (bank, by_name), (board, by_name)):
        body = board.request(CHANGES)
        body["form_data"]["dashboardId"] = dashboard.dashboard["id"]
        body["queries"][0]["filters"] += [condition] if condition else []
        answer = me.send("POST", "/api/v1/chart/data", body)
        assert answer.status == 403, answer.text[:300]
        assert not canaries_in(answer)
    for dashboard in (bank, board):
        choices = bank.merchants()
        choices["form_data"]["dashboardId"] = dashboard.dashboard["id"]
        answer = me.send("POST", "/api/v1/chart/data", choices)
        assert answer.status == 403, answer.text[:300]
        assert OTHER.name not in answer.text


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_choice_of_a_merchant_narrows_every_chart(staff: Client, language: str) -> None:
    view = Board(staff, f"overview-bank-{language}")
    merchant = json.loads(view.dashboard["json_metadata"])["native_filter_configuration"][0]
    assert merchant["scope"]["excluded"] == []
    answer = view.ask(view.merchants())
    assert [row["tenant_name"] for row in answer.json["result"][0]["data"]] == sorted(one.name for one in TENANTS)
    for name in view.charts:
        body = view.request(name)
        body["queries"][0]["filters"].append({"col": "tenant_name", "op": "IN", "val": [OTHER.name]})
        answer = view.ask(body)
        assert answer.status == 200, (name, answer.text[:300])
        assert canaries_in(answer) <= {OTHER.tenant_id}, name


ENDPOINTS = [
    ("GET", "/sqllab/"),
    ("POST", "/api/v1/sqllab/execute/"),
    ("GET", "/api/v1/dataset/"),
    ("GET", "/api/v1/dataset/1"),
    ("GET", "/api/v1/chart/"),
    ("GET", "/api/v1/chart/10"),
    ("GET", "/api/v1/chart/10/data/"),
    ("GET", "/api/v1/database/"),
    ("GET", "/api/v1/database/1/tables/?q=(schema_name:serving)"),
    ("GET", "/api/v1/dashboard/"),
    ("GET", "/api/v1/dashboard/export/?q=!(1)"),
    ("GET", "/explore/?slice_id=10"),
    ("GET", "/superset/explore_json/?form_data={}"),
    ("POST", "/superset/explore_json/"),
    ("POST", "/datasource/samples?datasource_type=table&datasource_id=1"),
    ("GET", "/datasource/get/table/1/"),
    ("GET", "/api/v1/datasource/table/1/column/value/values/"),
    ("GET", "/api/v1/query/"),
    ("GET", "/api/v1/log/"),
    ("GET", "/api/v1/rowlevelsecurity/"),
    ("GET", "/api/v1/security/users/"),
    ("GET", "/api/v1/security/groups/"),
    ("GET", "/users/list/"),
    ("GET", "/api/v1/me/roles/../../dataset/1"),
    ("PUT", "/api/v1/dashboard/1"),
    ("DELETE", "/api/v1/dashboard/1"),
    ("POST", "/api/v1/report/"),
    ("GET", "/api/v1/assets/export/"),
    ("GET", "/tablemodelview/list/"),
    ("GET", "/swagger/v1"),
]


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
def test_other_endpoints_are_closed(me: Client, method: str, path: str) -> None:
    answer = me.send(method, path, {} if method in ("POST", "PUT") else None)
    assert answer.status in (401, 403, 404, 405), (answer.status, answer.url, answer.text[:200])
    assert not canaries_in(answer)


PAGES = ["/", "/superset/dashboard/overview-ru/", "/api/v1/dashboard/overview-ru", "/sqllab/",
         "/api/v1/dashboard/overview-ru/charts", "/api/v1/chart/", "/users/list/"]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_without_a_login_nothing_is_reachable(stack: Stack, board: Board, path: str) -> None:
    answer = Client(stack.url).get(path)
    assert answer.status in (401, 403, 404) or "/login/" in answer.url
    assert not canaries_in(answer)


def test_without_a_login_no_chart_answers(stack: Stack, board: Board) -> None:
    answer = Client(stack.url).send("POST", "/api/v1/chart/data", board.request(CHANGES))
    assert answer.status in (400, 401, 403)
    assert not canaries_in(answer)


def test_the_cache_serves_each_tenant_its_own_in_any_order(stack: Stack, me: Client, staff: Client) -> None:
    third = Client(stack.url).login(THIRD.login, THIRD.password)
    for client, owners in [(staff, None), (me, {ME}), (third, {THIRD}), (me, {ME}), (staff, None), (third, {THIRD})]:
        view = Board(client, "overview-ru")
        answer = view.ask(view.request(CHANGES))
        expected = TENANTS if owners is None else owners
        assert canaries_in(answer) == {tenant.tenant_id for tenant in expected}


def test_what_is_published_next_is_not_hidden_by_the_cache(stack: Stack, board: Board) -> None:
    """Publishing replaces the tables; an answer cached before must not outlive it."""
    before = board.ask(board.request("Данные")).json["result"][0]["data"][0]["line_ru"]
    with psycopg.connect(stack.settings.url("warehouse")) as owner:
        owner.execute("create table serving.freshness_next as select * from serving.freshness")
        owner.execute("update serving.freshness_next set line_ru = 'Новая публикация'")
        owner.execute("drop table serving.freshness")
        owner.execute("alter table serving.freshness_next rename to freshness")
        owner.execute("select security.protect('serving.freshness')")
    for _ in range(40):
        after = board.ask(board.request("Данные")).json["result"][0]["data"][0]["line_ru"]
        if after != before:
            break

        time.sleep(0.25)
    assert after == "Новая публикация"
    with psycopg.connect(stack.settings.url("warehouse")) as owner:
        owner.execute("update serving.freshness set line_ru = %s", [before])


@pytest.fixture
def metadata(stack: Stack) -> Iterator[psycopg.Connection]:
    with psycopg.connect(stack.settings.url("superset"), autocommit=True) as connection:
        yield connection


def test_a_user_without_a_tenant_sees_nothing(stack: Stack, metadata: psycopg.Connection) -> None:
    client = Client(stack.url).login(THIRD.login, THIRD.password)
    body = Board(client, "overview-ru").request(CHANGES)
    taken = metadata.execute(
        "delete from ab_user_group where user_id = (select id from ab_user where username = %s) "
        "returning user_id, group_id",
        [THIRD.login],
    ).fetchall()
    try:
        for answer in (client.get("/"), client.get("/superset/dashboard/overview-ru/"),
                       client.send("POST", "/api/v1/chart/data", body)):  # fmt: skip
            assert answer.status == 403
            assert not canaries_in(answer)
    finally:
        for user, group in taken:
            metadata.execute(
                "insert into ab_user_group (id, user_id, group_id) values (nextval('ab_user_group_id_seq'), %s, %s)",
                [user, group],
            )


def test_a_disabled_tenant_is_cut_off_in_a_running_session(stack: Stack, metadata: psycopg.Connection) -> None:
    client = Client(stack.url).login(THIRD.login, THIRD.password)
    body = Board(client, "overview-ru").request(CHANGES)
    assert canaries_in(client.send("POST", "/api/v1/chart/data", body)) == {THIRD.tenant_id}
    metadata.execute("update ab_user set active = false where username = %s", [THIRD.login])
    try:
        answer = client.send("POST", "/api/v1/chart/data", body)
        assert answer.status in (400, 401, 403)
        assert not canaries_in(answer)
        assert "/login/" in client.get("/superset/dashboard/overview-ru/").url
    finally:
        metadata.execute("update ab_user set active = true where username = %s", [THIRD.login])


def test_two_tenants_or_a_second_role_mean_no_data(stack: Stack, metadata: psycopg.Connection) -> None:
    """A wrong click of an administrator closes; it never opens."""
    client = Client(stack.url).login(THIRD.login, THIRD.password)
    body = Board(client, "overview-ru").request(CHANGES)
    added = metadata.execute(
        "insert into ab_user_role (id, user_id, role_id) select nextval('ab_user_role_id_seq'), u.id, r.id "
        "from ab_user u, ab_role r where u.username = %s and r.name = 'Staff' returning id",
        [THIRD.login],
    ).fetchone()
    try:
        answer = client.send("POST", "/api/v1/chart/data", body)
        assert answer.status == 403
        assert not canaries_in(answer)
    finally:
        metadata.execute("delete from ab_user_role where id = %s", added)


def test_the_administrator_can_log_in(stack: Stack) -> None:
    assert Client(stack.url).login("admin", ADMIN_PASSWORD).get("/users/list/").status == 200

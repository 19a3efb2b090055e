"""Provisioning is repeatable, quick when nothing changed, and says what is wrong."""

import json
import subprocess
from typing import Any

import psycopg
import pytest

from tests.superset.client import Client
from tests.superset.stack import PYTHON, TENANTS, Stack

CONTENT = {
    "dashboards": "select slug, uuid::text, position_json, json_metadata, css, published from dashboards order by slug",
    "charts": "select uuid::text, slice_name, description, params, viz_type from slices order by uuid",
    "columns": "select t.uuid::text, c.column_name, c.verbose_name, c.expression from table_columns c "
    "join tables t on t.id = c.table_id order by 1, 2",
    "users": "select username, first_name, password, active from ab_user order by username",
    "groups": "select g.name, g.label, g.description, u.username from ab_group g "
    "left join ab_user_group m on m.group_id = g.id left join ab_user u on u.id = m.user_id order by 1, 4",
    "client": "select p.name, v.name from ab_permission_view_role r join ab_role o on o.id = r.role_id "
    "join ab_permission_view pv on pv.id = r.permission_view_id join ab_permission p on p.id = pv.permission_id "
    "join ab_view_menu v on v.id = pv.view_menu_id where o.name = 'Client' order by 1, 2",
}


def content(stack: Stack) -> dict[str, list[Any]]:
    with psycopg.connect(stack.settings.url("superset")) as connection:
        return {name: connection.execute(query).fetchall() for name, query in CONTENT.items()}  # type: ignore[arg-type]


def test_a_disabled_tenant_is_cut_off_and_provisioning_again_restores_all(stack: Stack) -> None:
    """The second run imports everything once more: identifiers, charts, users and permissions come out the same."""
    before = content(stack)
    tenants = [tenant | {"password": None} for tenant in stack.specification()["tenants"]]
    tenants[1]["is_active"] = False
    assert stack.provision("--if-changed", tenants=tenants).returncode == 0
    client = Client(stack.url).login(TENANTS[1].login, TENANTS[1].password)
    assert "/login/" in client.get("/superset/dashboard/overview-en/").url
    result = stack.provision()
    assert result.returncode == 0, result.stderr[-2000:]
    after = content(stack)
    for name in CONTENT:
        assert after[name] == before[name], name
    assert len(before["dashboards"]) == 6
    assert len(before["users"]) == 2 + len(TENANTS)


def test_where_the_bank_shows_one_model_no_page_asks_which(stack: Stack) -> None:
    """Switched on again, the pages are what they were."""

    def filters() -> dict[str, list[str]]:
        pages = {slug: json.loads(metadata) for slug, _, _, metadata, *_ in content(stack)["dashboards"]}
        return {slug: [one["id"] for one in page["native_filter_configuration"]] for slug, page in pages.items()}

    before = filters()
    assert "NATIVE_FILTER-model" in before["overview-ru"]
    assert stack.provision("--if-changed", has_model_choice=False).returncode == 0
    others = {slug: [one for one in of_page if one != "NATIVE_FILTER-model"] for slug, of_page in before.items()}
    assert filters() == others
    assert stack.provision("--if-changed").returncode == 0
    assert filters() == before


def test_nothing_is_started_where_nothing_changed(stack: Stack) -> None:
    assert stack.provision("--if-changed").stdout == "Superset is as described, nothing to do.\n"
    unsaid = [tenant | {"password": None} for tenant in stack.specification()["tenants"]]
    assert stack.provision("--if-changed", tenants=unsaid).stdout == "Superset is as described, nothing to do.\n"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"bank": {}}, "currency_code"),
        ({"tenants": [{"login": "x"}]}, "tenant_id"),
    ],
)
def test_a_wrong_specification_is_refused_with_a_sentence(stack: Stack, change: dict[str, Any], says: str) -> None:
    result = stack.provision(**change)
    assert result.returncode == 2
    assert says in result.stderr
    assert "Traceback" not in result.stderr


def test_a_missing_secret_is_refused_with_a_sentence(stack: Stack) -> None:
    environment = stack.environment | {"LYRA_SECRETS_DIR": str(stack.settings.home / "nowhere")}
    result = subprocess.run(
        [PYTHON, "-m", "lyra_superset.provision", "--if-changed"],
        input=json.dumps(stack.specification()), env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 2
    assert "Put it there as a file" in result.stderr

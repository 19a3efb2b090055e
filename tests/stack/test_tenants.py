"""A tenant is a row and a login that sees only that row's data; disabling cuts what is open."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from infra import tenants
from infra.database.bootstrap import tenant_password
from infra.seen import rows_seen, tables_seen
from infra.settings import Settings


@pytest.fixture
def settings(stack_settings: Settings) -> Iterator[Settings]:
    yield stack_settings
    with psycopg.connect(stack_settings.admin_url, dbname="warehouse", autocommit=True) as admin:
        roles = [row[0] for row in admin.execute("delete from security.tenants returning role_name")]
        for role in roles:
            admin.execute(f"drop role {role}")
        admin.execute("drop table if exists serving.canary")


def as_tenant(settings: Settings, tenant: tenants.Tenant) -> psycopg.Connection:
    password = tenant_password(settings, tenant.role_name)
    return psycopg.connect(settings.role_url("warehouse", tenant.role_name, password))


def publish_canaries(settings: Settings, *known: tenants.Tenant) -> None:
    with psycopg.connect(settings.url("warehouse")) as owner:
        owner.execute("create table serving.canary (tenant_id integer, amount integer)")
        owner.execute("select security.protect('serving.canary')")
        for tenant in known:
            owner.execute("insert into serving.canary values (%s, %s)", [tenant.tenant_id, tenant.tenant_id * 7])


def test_a_new_tenant_sees_its_own_rows_only_and_may_change_nothing(settings: Settings) -> None:
    first = tenants.add(settings, "Кофейня", "ИП Ветрова", "ru", "coffee")
    second = tenants.add(settings, "Northern Light", "Северный свет", "en", "light")
    publish_canaries(settings, first, second)
    for tenant in (first, second):
        with as_tenant(settings, tenant) as connection:
            assert connection.execute("select tenant_id, amount from serving.canary").fetchall() == [
                (tenant.tenant_id, tenant.tenant_id * 7)
            ]
            assert connection.execute("show statement_timeout").fetchone() == ("30s",)
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                connection.execute("create temporary table x (a int)")


def test_the_operator_is_shown_what_a_tenant_sees(settings: Settings) -> None:
    first = tenants.add(settings, "Кофейня", "ИП Ветрова", "ru", "coffee")
    second = tenants.add(settings, "Northern Light", "Северный свет", "en", "light")
    publish_canaries(settings, first, second)
    assert ("canary", 1) in tables_seen(settings, "coffee")
    seen = rows_seen(settings, "Northern Light", "canary", 10)
    assert (seen.columns, seen.rows, seen.row_count) == (["amount"], [(second.tenant_id * 7,)], 1)
    with pytest.raises(tenants.TenantRefused, match="no table 'model_health' for merchants"):
        rows_seen(settings, "coffee", "model_health", 10)
    with pytest.raises(tenants.TenantRefused, match="No tenant"):
        tables_seen(settings, "nobody")
    tenants.disable(settings, "coffee")
    with pytest.raises(tenants.TenantRefused, match="disabled"):
        tables_seen(settings, "coffee")


def test_a_tenant_role_is_opaque_and_has_no_rights_of_its_own(settings: Settings) -> None:
    tenant = tenants.add(settings, "Кофейня", "ИП Ветрова", "ru", "coffee")
    with psycopg.connect(settings.admin_url) as admin:
        row = admin.execute(
            "select rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication, rolconnlimit, rolcanlogin, "
            "array(select m.roleid::regrole::text from pg_auth_members m where m.member = r.oid) "
            "from pg_roles r where rolname = %s",
            [tenant.role_name],
        ).fetchone()
    assert row == (False, False, False, False, False, 20, True, ["bi_tenant"])
    assert "coffee" not in tenant.role_name


def test_disabling_ends_open_connections_and_lets_no_new_one_in(settings: Settings) -> None:
    tenant = tenants.add(settings, "Кофейня", "ИП Ветрова", "ru", "coffee")
    connection = as_tenant(settings, tenant)
    connection.execute("select 1")
    assert not tenants.disable(settings, "coffee").is_active
    with pytest.raises(psycopg.OperationalError):
        connection.execute("select 1")
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        as_tenant(settings, tenant)
    assert [t.is_active for t in tenants.all_tenants(settings)] == [False]


def test_adding_the_same_tenant_twice_changes_nothing_and_repairs_its_login(settings: Settings) -> None:
    first = tenants.add(settings, "Кофейня", "ИП Ветрова", "ru", "coffee")
    with psycopg.connect(settings.admin_url, autocommit=True) as admin:
        admin.execute(f"alter role {first.role_name} superuser connection limit -1")
    assert tenants.add(settings, "Кофейня", "ИП Ветрова", "ru", "coffee") == first
    with psycopg.connect(settings.admin_url) as admin:
        row = admin.execute(
            "select rolsuper, rolconnlimit from pg_roles where rolname = %s", [first.role_name]
        ).fetchone()
    assert row == (False, 20)


@pytest.mark.parametrize(
    ("name", "group", "language", "login", "words"),
    [
        ("Другая", "ИП Ветрова", "ru", "other", "already has this"),
        ("Кофейня", "Другая группа", "ru", "other", "already has this"),
        ("Другая", "Другая группа", "ru", "coffee", "already has this"),
        ("Другая", "Другая группа", "de", "other", "choose ru or en"),
        ("Другая", "Другая группа", "ru", "Не логин", "a-z"),
        ("Другая", " ", "ru", "other", "legal group"),
    ],
)
def test_what_cannot_be_a_tenant_is_refused(
    settings: Settings, name: str, group: str, language: str, login: str, words: str
) -> None:
    tenants.add(settings, "Кофейня", "ИП Ветрова", "ru", "coffee")
    with pytest.raises(tenants.TenantRefused, match=words):
        tenants.add(settings, name, group, language, login)
    assert len(tenants.all_tenants(settings)) == 1


def test_an_unknown_tenant_cannot_be_disabled(settings: Settings) -> None:
    with pytest.raises(tenants.TenantRefused, match="tenant list"):
        tenants.disable(settings, "nobody")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1251"])
def test_tenants_of_a_source_folder_get_a_login_whose_password_is_kept(
    settings: Settings, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "tenants.csv"
    path.write_text("name;legal_group;language;login\nКофейня;ИП Ветрова;ru;coffee\n", encoding=encoding)
    for _ in range(2):
        assert [tenant.name for tenant in tenants.add_from_file(settings, path)] == ["Кофейня"]
    kept = settings.secrets.folder / "login_coffee"
    assert kept.stat().st_mode & 0o777 == 0o600
    specification = tenants.superset_specification(settings, tenants.bank_of(settings), {})
    assert [tenant["password"] for tenant in specification["tenants"]] == [kept.read_text()]
    assert specification["has_model_choice"] is False
    both = settings.model_copy(update={"show_challenger": True})
    assert tenants.superset_specification(both, tenants.bank_of(both), {})["has_model_choice"] is True
    kept.unlink()


def test_a_tenants_file_without_a_column_is_refused(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "tenants.csv").write_text("name;language;login\n")
    with pytest.raises(tenants.TenantRefused, match="legal_group"):
        tenants.add_from_file(settings, tmp_path / "tenants.csv")


def test_a_tenant_says_what_it_wants_of_its_stock(settings: Settings) -> None:
    from ml_assets.stock_plan import StockTerms

    tenants.add(settings, "Кофейня", "ИП Ветрова", "ru", "coffee")
    _, terms = tenants.set_stock_terms(settings, "coffee", {})
    assert vars(terms) == vars(StockTerms()), "who said nothing has the defaults of the plan"
    tenants.set_stock_terms(settings, "Кофейня", {"service_level": 0.9, "average_price": 250.0})
    _, terms = tenants.set_stock_terms(settings, "coffee", {"lead_days": 1})
    assert terms == tenants.StockTerms(0.9, 1, 7, 250.0)
    _, terms = tenants.set_stock_terms(settings, "coffee", {"average_price": None})
    assert terms.average_price is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"service_level": 95}, "Service level 95: .* 0.5 to 0.999"),
        ({"service_level": float("nan")}, "Service level nan"),
        ({"lead_days": -1}, "Lead time -1"),
        ({"lead_days": 25}, "at most 28 days"),
        ({"review_days": 0}, "a day apart"),
        ({"average_price": -3.0}, "Average price -3"),
        ({"average_price": 0.004}, "0.01 at least"),
    ],
)
def test_terms_that_cannot_be_are_refused_and_change_nothing(
    settings: Settings, changes: dict[str, object], words: str
) -> None:
    tenants.add(settings, "Кофейня", "ИП Ветрова", "ru", "coffee")
    _, before = tenants.set_stock_terms(settings, "coffee", {"review_days": 5})
    with pytest.raises(tenants.TenantRefused, match=words):
        tenants.set_stock_terms(settings, "coffee", changes)
    assert tenants.set_stock_terms(settings, "coffee", {})[1] == before
    with pytest.raises(tenants.TenantRefused, match="No tenant"):
        tenants.set_stock_terms(settings, "tea", {"review_days": 5})

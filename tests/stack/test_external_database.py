"""LYRA_DATABASE_URL: another server is used, nothing is embedded, and an unfit one is refused in words."""

from pathlib import Path

import psycopg
import pytest

from infra import tenants
from infra.database.bootstrap import prepare
from infra.local import server
from infra.local.home import make_home
from infra.settings import Settings


@pytest.fixture
def external(stack_settings: Settings, tmp_path: Path) -> Settings:
    """Another installation that uses the server of `stack_settings` from outside, as its superuser."""
    settings = Settings(home=tmp_path / "home", database_url=stack_settings.admin_url, secrets_dir=None)
    make_home(settings)
    return settings


def test_nothing_is_embedded_and_everything_is_prepared(external: Settings, stack_settings: Settings) -> None:
    try:
        assert server.ensure(external).startswith("external, PostgreSQL 1")
        prepare(external)
        assert not (external.home / "postgres").exists()
        with psycopg.connect(external.url("warehouse")) as owner:
            assert owner.execute("select current_user, inet_server_port()").fetchone() == (
                "lyra_pipeline",
                stack_settings.port("postgres"),
            )
        assert tenants.all_tenants(external) == []
    finally:
        prepare(stack_settings)  # the roles' passwords are again those of the other tests


def test_the_password_may_come_from_a_secret_file(stack_settings: Settings, tmp_path: Path) -> None:
    address = f"127.0.0.1:{stack_settings.port('postgres')}"
    (tmp_path / "postgres_password").write_text(stack_settings.secrets["postgres_password"] + "\n")
    settings = Settings(home=tmp_path, database_url=f"postgresql://postgres@{address}/postgres", secrets_dir=tmp_path)
    assert address in server.check(settings)


def test_a_user_without_the_rights_is_told_which_are_missing(external: Settings, stack_settings: Settings) -> None:
    url = stack_settings.url("warehouse")
    with pytest.raises(server.DatabaseUnsuitable, match='alter role "lyra_pipeline" superuser'):
        server.check(external.model_copy(update={"database_url": url}))


def test_an_old_server_is_refused(external: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "OLDEST_VERSION", 990000)
    with pytest.raises(server.DatabaseUnsuitable, match="needs 15 or newer"):
        server.check(external)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "no-such-host.invalid:5432"])
def test_a_server_that_does_not_answer_is_named_and_its_password_is_not(external: Settings, address: str) -> None:
    settings = external.model_copy(update={"database_url": f"postgresql://postgres:hush@{address}/postgres"})
    with pytest.raises(server.DatabaseUnsuitable, match=address) as caught:
        server.check(settings)
    assert "hush" not in str(caught.value)

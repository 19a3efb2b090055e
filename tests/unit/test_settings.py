import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from infra.settings import SECRET_NAMES, MissingSecret, Secrets, Settings, sqlalchemy_url


def test_secrets_are_generated_once_and_only_the_owner_reads_them(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path / "secrets")
    secrets.generate_missing()
    first = {name: secrets[name] for name in SECRET_NAMES}
    secrets.generate_missing()
    assert {name: secrets[name] for name in SECRET_NAMES} == first
    assert len(set(first.values())) == len(SECRET_NAMES)
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets.folder.iterdir()} == {0o600}


def test_a_missing_secret_has_no_default(tmp_path: Path) -> None:
    with pytest.raises(MissingSecret, match="tenant_login_key"):
        Secrets(tmp_path)["tenant_login_key"]


def test_a_password_with_url_characters_survives_the_url(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    url = settings.role_url("warehouse", "lyra_pipeline", "p@ss/w:rd")
    assert "p%40ss%2Fw%3Ard" in url
    assert sqlalchemy_url(url).startswith("postgresql+psycopg2://")


@pytest.mark.parametrize("value", ["12", "0", "-1"])
def test_fewer_months_than_a_page_compares_are_refused_in_words(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("LYRA_KEEP_MONTHS", value)
    with pytest.raises(ValidationError, match="the year before, which takes 13 months or more"):
        Settings()


def test_months_are_kept_for_ever_unless_a_number_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LYRA_KEEP_MONTHS", "")
    assert Settings().keep_months is None
    monkeypatch.setenv("LYRA_KEEP_MONTHS", "25")
    assert Settings().keep_months == 25

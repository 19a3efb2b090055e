"""What is to be there: read from standard input, checked, and compared with what was provisioned last."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lyra_superset.accounts import ADMIN_LOGIN, ANALYST_LOGIN, SpecError, Tenant
from lyra_superset.environment import secret, warehouse_uri
from lyra_superset.state import read_state

PACKAGE = Path(__file__).parent


@dataclass(frozen=True)
class Specification:
    currency_code: str
    has_model_choice: bool
    """Whether merchants may choose the model of a forecast: without it the pages have no filter for that."""
    admin_password: str | None
    analyst_password: str | None
    tenants: list[Tenant]

    @classmethod
    def read(cls, text: str) -> "Specification":
        """Raise SpecError where a field is missing or of no use."""
        try:
            spec: dict[str, Any] = json.loads(text)
            tenants = [Tenant(**{name: one[name] for name in Tenant.__dataclass_fields__}) for one in spec["tenants"]]
            found = cls(
                spec["bank"]["currency_code"], spec["has_model_choice"], spec["admin_password"],
                spec["analyst_password"], tenants,
            )  # fmt: skip
        except json.JSONDecodeError as error:
            raise SpecError(f"The specification on standard input is not JSON: {error}.") from None
        except KeyError as error:
            raise SpecError(f"The specification lacks the field {error}.") from None
        for name in ("login", "role_name", "tenant_id"):
            values = [getattr(tenant, name) for tenant in tenants]
            if len(set(values)) < len(values):
                raise SpecError(f"Two tenants have the same {name}: {sorted(values, key=str)}.")
        return found

    @property
    def passwords(self) -> dict[str, str]:
        """Login to password, of those that are to be set."""
        pairs = {ADMIN_LOGIN: self.admin_password, ANALYST_LOGIN: self.analyst_password}
        pairs |= {tenant.login: tenant.password for tenant in self.tenants}
        return {login: password for login, password in pairs.items() if password}

    def fingerprints(self) -> dict[str, str]:
        """State names to values: what the assets, the accounts and each password were made from."""
        names = [name for name in Tenant.__dataclass_fields__ if name != "password"]
        accounts = [[getattr(tenant, name) for name in names] for tenant in self.tenants]
        made_for = warehouse_uri(), str(self.has_model_choice)
        return {
            "superset_version": version("apache-superset"),
            "currency_code": self.currency_code,
            "assets": _digest(_source(PACKAGE / "dashboards"), *made_for, secret("superset_secret_key")),
            "accounts": _digest(_source(PACKAGE), json.dumps(accounts)),
            **{f"password:{login}": _digest(password) for login, password in self.passwords.items()},
        }

    def is_provisioned(self) -> bool:
        return all(read_state(name) == value for name, value in self.fingerprints().items())


def _source(folder: Path) -> str:
    return "".join(path.read_text() for path in sorted(folder.glob("*.py")))


def _digest(*parts: str) -> str:
    """Keyed, so that the stored value of a password cannot be guessed from a copy of the database."""
    return hmac.new(secret("superset_secret_key").encode(), "\0".join(parts).encode(), hashlib.sha256).hexdigest()

"""Imports point one way, as docs/architecture.md draws them."""

import ast
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
OURS = {"orchestration", "ml_assets", "infra", "lyra_superset", "tests"}
ALLOWED = {
    "orchestration": {"orchestration", "ml_assets", "infra"},
    "ml_assets": {"ml_assets"},
    "superset": {"lyra_superset"},
}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names & OURS


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_only_what_stands_left_of_it(package: str) -> None:
    files = [path for path in (REPOSITORY / package).rglob("*.py") if ".venv" not in path.parts]
    assert files
    wrong = {str(p.relative_to(REPOSITORY)): imported(p) - ALLOWED[package] for p in files}
    assert {path: names for path, names in wrong.items() if names} == {}


def test_infra_reaches_the_models_only_to_measure_them() -> None:
    files = (REPOSITORY / "infra").rglob("*.py")
    assert {p.name for p in files if imported(p) & {"orchestration", "lyra_superset"}} == set()

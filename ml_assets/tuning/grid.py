"""What may be tried of each learner: data. Names are those of the contest's configuration, as MLflow shows them."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np

from ml_assets.errors import BadInput

Config = TypeVar("Config")
Parameters = Mapping[str, float]
"""By dotted name, {"boosting.leaves": 15}."""
Grid = Mapping[str, tuple[float, ...]]

BOOSTING: Grid = {
    "boosting.learning_rate": (0.02, 0.03, 0.05),
    "boosting.leaves": (6, 10, 15, 24, 40),
    "boosting.rows_per_leaf": (50, 100, 200, 400),
    "boosting.feature_share": (0.2, 0.3, 0.5),
    "boosting.row_share": (0.5, 0.7, 0.9),
    "boosting.trees": (400, 800),
}
GRIDS: Mapping[str, Mapping[str, Grid]] = {
    "purchasing-power": {
        "linear": {"linear.penalty": (3, 10, 30, 100, 300)},
        "lightgbm": {**BOOSTING, "boosting.tweedie_power": (1.3, 1.5, 1.7)},
    },
    "retention": {
        "logistic": {"logistic.inverse_penalty": (0.002, 0.005, 0.01, 0.02, 0.05, 0.1)},
        "lightgbm": BOOSTING,
    },
    "demand": {
        "lightgbm": {
            "boosting.trees": (80, 120, 200),
            "boosting.learning_rate": (0.04, 0.08, 0.12),
            "boosting.leaves": (12, 24, 48),
            "boosting.rows_per_leaf": (50, 100, 200),
            "boosting.feature_share": (0.3, 0.5, 0.8),
        },
        "quantile_network": {
            "network.layers": (1, 2, 3),
            "network.units": (32, 64, 128),
            "network.dropout": (0.0, 0.1, 0.3),
            "network.epochs": (3, 6, 10),
            "network.learning_rate": (1e-3, 3e-3, 1e-2),
        },
    },
}
"""By question and learner."""


def grid_of(question: str, learner: str) -> Grid:
    """Raises BadInput where nothing is declared."""
    found = GRIDS.get(question, {}).get(learner)
    if found is None:
        known = ", ".join(f"{name} ({', '.join(learners)})" for name, learners in GRIDS.items())
        raise BadInput(f"There is no grid for {learner!r} of {question!r}. There are: {known}.")
    return found


def drawn(grid: Grid, config: object, count: int, seed: int) -> list[Parameters]:
    """The configuration's own parameters first, then so many others of the grid that `count` are tried, none twice."""
    standing = {name: _value(config, name) for name in grid}
    sizes = [len(values) for values in grid.values()]
    order = np.random.default_rng(seed).permutation(int(np.prod(sizes)))
    found = [standing]
    for number in order:
        if len(found) >= count:
            break
        places = np.unravel_index(number, sizes)
        parameters = {name: values[place] for (name, values), place in zip(grid.items(), places, strict=True)}
        if parameters != standing:
            found.append(parameters)
    return list(found)


def configured(config: Config, parameters: Parameters) -> Config:
    """The configuration with these parameters instead of its own. Raises BadInput on a name that it does not have, or a
    value that is none of a number."""
    for name, value in parameters.items():
        kind = type(_value(config, name))
        if kind(value) != value:
            raise BadInput(f"{name} is a whole number, not {value}.")
        config = _replaced(config, name, kind(value))
    return config


def _value(config: object, name: str) -> float:
    part: Any = config
    for step in name.split("."):
        part = getattr(part, step, None)
    if isinstance(part, bool) or not isinstance(part, int | float):
        raise BadInput(f"There is no parameter {name!r} to choose. There are: {', '.join(_numbers(config))}.")
    found: int | float = part
    return found


def _replaced(config: Any, name: str, value: float) -> Any:
    first, _, rest = name.partition(".")
    return replace(config, **{first: _replaced(getattr(config, first), rest, value) if rest else value})


def _numbers(config: Any, prefix: str = "") -> list[str]:
    found: list[str] = []
    for each in fields(config):
        value = getattr(config, each.name)
        if is_dataclass(value):
            found += _numbers(value, f"{prefix}{each.name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found.append(f"{prefix}{each.name}")
    return found

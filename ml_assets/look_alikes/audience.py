"""Who resembles the best customers of a merchant, as a logistic regression tells them from everybody else."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from ml_assets.look_alikes.population import Matrix, Population
from ml_assets.metrics import area_under_roc

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class AudienceConfig:
    best_share: float = 0.25
    """The best customers are this share of the merchant's by its revenue."""
    minimum_best: int = 30
    held_out_share: float = 1 / 3
    """Of the best: unseen, they say how alike is alike enough."""
    taught_best: int = 500
    taught_others: int = 20_000
    """At most so many are learnt from, fairly drawn."""
    seed: int = 20


@dataclass(frozen=True, eq=False)
class Audience:
    """`rows` of the population are alike: no customer of the merchant is among them."""

    best_count: int
    rows: Rows
    auroc: float | None
    """Of the held-out best customers against all who are none of the merchant's; None where nobody was compared."""


def find_audience(
    population: Population, own: pd.DataFrame, categories: Iterable[str], config: AudienceConfig | None = None
) -> Audience:
    """Customers of others who resemble the best ones at least as the median of the held-out best does, and who buy in
    the merchant's categories.

    own: customer_id and revenue_amount of all the merchant's customers; revenue is missing for whom it did not see in
    the window: he is neither compared nor counted.
    """
    config = config or AudienceConfig()
    best = best_of(population, own, config.best_share)
    others = np.flatnonzero(~np.isin(population.customer_ids, own["customer_id"]))
    if len(best) < config.minimum_best or not len(others):
        return Audience(len(best), np.array([], dtype=np.intp), None)
    random = np.random.default_rng(config.seed)
    best = random.permutation(best)
    held_out, taught = np.split(best, [int(len(best) * config.held_out_share)])
    drawn = random.permutation(others)[: config.taught_others]
    compared = np.concatenate([others, held_out])
    score = resemblance(population.points, taught[: config.taught_best], drawn, compared)
    enough = np.median(score[len(others) :])
    is_alike = (score[: len(others)] >= enough) & (population.spend_in(categories)[others] > 0)
    auroc = area_under_roc(np.repeat([0, 1], [len(others), len(held_out)]), score)
    return Audience(len(best), others[is_alike], auroc)


def counts_of(
    population: Population, audience: Audience, homes: npt.NDArray[np.object_], categories: Iterable[str]
) -> pd.DataFrame:
    """city_code, spend_level, customer_count, spend_amount (in these categories) of the audience.

    homes: city of each customer of the population; who has none is not counted.
    """
    alike = pd.DataFrame(
        {"city_code": homes, "spend_level": population.spend_levels(), "spend_amount": population.spend_in(categories)}
    ).iloc[audience.rows]
    each = alike.groupby(["city_code", "spend_level"])["spend_amount"]
    return each.agg(customer_count="size", spend_amount="sum").round(2).reset_index()


def best_of(population: Population, own: pd.DataFrame, best_share: float) -> Rows:
    """Rows of the best share by revenue; of equals, the smaller number."""
    seen = own.loc[own["revenue_amount"].notna() & own["customer_id"].isin(population.customer_ids)]
    ranked = seen.sort_values(["revenue_amount", "customer_id"], ascending=[False, True])
    return np.searchsorted(population.customer_ids, ranked["customer_id"].iloc[: int(len(seen) * best_share)])


def resemblance(points: Matrix, best: Rows, others: Rows, asked: Rows) -> npt.NDArray[np.float64]:
    """How much each of `asked` is like the best rather than like the others: log odds, both taken as equally many."""
    taught = points[np.concatenate([best, others])]
    is_best = np.repeat([1, 0], [len(best), len(others)])
    model = LogisticRegression(class_weight="balanced", max_iter=500).fit(taught, is_best)
    found: npt.NDArray[np.float64] = points[asked] @ model.coef_[0].astype(np.float32) + model.intercept_[0]
    return found

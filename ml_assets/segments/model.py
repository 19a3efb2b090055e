"""Segments of customers who behave alike: found by k-means, named by their behaviour, the same from run to run."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans  # type: ignore[import-untyped]
from sklearn.metrics import adjusted_rand_score, silhouette_score  # type: ignore[import-untyped]

from ml_assets.encoder import Encoder, embeddings
from ml_assets.errors import BadInput
from ml_assets.histories.panel import panel_of
from ml_assets.histories.saved import read_json, write_json
from ml_assets.histories.snapshot import check_events
from ml_assets.segments.behaviour import BEHAVIOUR, behaviour_at, quantiles_of, ranks
from ml_assets.segments.config import SegmentConfig
from ml_assets.segments.names import Story, stories_of

Points = npt.NDArray[np.float64]
SILHOUETTE_CUSTOMERS = 2_000
MATCHED_WITHIN = 1.5
"""Distance, in standard deviations, up to which a segment of today is one of the last run."""


@dataclass(frozen=True)
class SegmentModel:
    """Centres lie in the ranks of behaviour, with an encoder also in its embeddings, which weigh as much together;
    `numbers[i]` is the lasting number of centre i."""

    quantiles: tuple[tuple[float, ...], ...]
    """By which a customer's ranks are read, see behaviour.py."""
    mean: tuple[float, ...]
    unit: tuple[float, ...]
    """Of each direction: 0 and 1 for a rank."""
    centres: tuple[tuple[float, ...], ...]
    numbers: tuple[int, ...]
    stories: Mapping[int, Story]
    window_days: int
    metrics: Mapping[str, float]
    """segments, stability (adjusted Rand index of subsamples), silhouette, smallest_share, customers."""
    encoder: Encoder | None = None

    def predict(self, events: pd.DataFrame, as_of: date) -> pd.DataFrame:
        """Columns as_of, customer_id, segment_number, segment_code; every customer with a receipt in the window.

        Rows after as_of are not looked at. Raises BadInput as read_snapshot does.
        """
        behaviour, embedded = _told(check_events(events), as_of, self.window_days, self.encoder)
        told = np.column_stack([ranks(behaviour, np.asarray(self.quantiles)), embedded])
        nearest = _nearest((told - self.mean) / self.unit, np.asarray(self.centres))
        numbers = np.asarray(self.numbers, dtype=np.int64)[nearest]
        codes = {number: story.code for number, story in self.stories.items()}
        return pd.DataFrame(
            {
                "as_of": as_of,
                "customer_id": behaviour.index.to_numpy(dtype=np.int64),
                "segment_number": numbers,
                "segment_code": [codes[number] for number in numbers.tolist()],
            }
        )

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        kept = asdict(replace(self, encoder=None))
        write_json(folder / "segments.json", {**kept, "has_encoder": self.encoder is not None})
        if self.encoder:
            self.encoder.save(folder)

    @classmethod
    def load(cls, folder: Path) -> "SegmentModel":
        saved = read_json(folder / "segments.json")
        return cls(
            tuple(map(tuple, saved["quantiles"])), tuple(saved["mean"]), tuple(saved["unit"]),
            tuple(map(tuple, saved["centres"])), tuple(saved["numbers"]),
            {int(number): Story(**story) for number, story in saved["stories"].items()}, int(saved["window_days"]),
            saved["metrics"], Encoder.load(folder) if saved["has_encoder"] else None,
        )  # fmt: skip


def fit_segments(
    events: pd.DataFrame,
    as_of: date,
    config: SegmentConfig | None = None,
    previous: SegmentModel | None = None,
    encoder: Encoder | None = None,
) -> SegmentModel:
    """Find the segments of the customers up to as_of; those of the last run keep their numbers.

    encoder: customers are also told apart by their embeddings, hence by what they buy and when.

    Of the counts of segments without a tiny one, that on which subsamples agree best is taken; where none is, the same
    of all. Raises BadInput where fewer than 10 customers a segment bought, or all behave the same.
    """
    config = config or SegmentConfig()
    behaviour, embedded = _told(check_events(events), as_of, config.window_days, encoder)
    if len(behaviour) < 10 * max(config.counts):
        raise BadInput(f"{len(behaviour)} customers bought in {config.window_days} days: too few for segments.")
    quantiles = quantiles_of(behaviour)
    ranked = ranks(behaviour, quantiles)
    told = np.column_stack([ranked, embedded])
    if (told.std(axis=0) < 1e-9).all():
        raise BadInput("All customers behave the same: there are no segments to find.")
    mean, unit = _weights(ranked, embedded)
    points = (told - mean) / unit
    found = [_Clusters.of(points, count, config) for count in config.counts]
    large = [c for c in found if c.smallest_share >= config.least_share]
    best = max(large or found, key=lambda c: c.stability)
    numbers = _numbers(best.centres, ranked.std(axis=0), previous)
    medians = behaviour.groupby(np.asarray(numbers)[_nearest(points, best.centres)]).median()
    profiles = {int(number): dict(zip(BEHAVIOUR, row, strict=True)) for number, *row in medians.itertuples()}
    everybody = dict(zip(BEHAVIOUR, behaviour.median().tolist(), strict=True))
    return SegmentModel(
        tuple(map(tuple, quantiles.tolist())), tuple(mean.tolist()), tuple(unit.tolist()),
        tuple(map(tuple, best.centres.tolist())), tuple(numbers), stories_of(profiles, everybody),
        config.window_days, best.metrics(len(behaviour)), encoder,
    )  # fmt: skip


def movements(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Columns from_code, to_code, customer_count: who moved where between two predictions; None: not there."""
    codes = [
        frame.set_index("customer_id")["segment_code"].rename(name)
        for frame, name in ((before, "from_code"), (after, "to_code"))
    ]
    both = pd.concat(codes, axis=1).astype(object)
    both = both.where(both.notna(), None)
    counted = both.groupby(["from_code", "to_code"], dropna=False).size()
    return counted.rename("customer_count").reset_index()


@dataclass(frozen=True)
class _Clusters:
    centres: Points
    stability: float
    silhouette: float
    smallest_share: float

    @classmethod
    def of(cls, points: Points, count: int, config: SegmentConfig) -> "_Clusters":
        random = np.random.default_rng(config.seed)
        learnt = _sample(points, config.customers_at_most, random)
        centres = _centres(learnt, count, config.seed)
        labels = _nearest(points, centres)
        agreed = []
        for number in range(config.subsamples):
            part = _sample(learnt, int(config.subsample_share * len(learnt)), random)
            again = _nearest(learnt, _centres(part, count, config.seed + 1 + number))
            agreed.append(adjusted_rand_score(_nearest(learnt, centres), again))
        some = random.choice(len(points), min(SILHOUETTE_CUSTOMERS, len(points)), replace=False)
        is_one = len(np.unique(labels[some])) < 2
        return cls(
            centres,
            float(np.mean(agreed)),
            -1.0 if is_one else float(silhouette_score(points[some], labels[some])),
            float(np.bincount(labels, minlength=count).min() / len(labels)),
        )

    def metrics(self, customers: int) -> dict[str, float]:
        return {
            "segments": float(len(self.centres)), "stability": self.stability, "silhouette": self.silhouette,
            "smallest_share": self.smallest_share, "customers": float(customers),
        }  # fmt: skip


def _told(events: pd.DataFrame, as_of: date, window_days: int, encoder: Encoder | None) -> tuple[pd.DataFrame, Points]:
    """BEHAVIOUR of the customers, and their embeddings (of no width without an encoder)."""
    panel = panel_of(events, as_of, encoder.categories if encoder else ())
    behaviour = behaviour_at(panel, panel.days - 1, window_days)
    if encoder is None:
        return behaviour, np.zeros((len(behaviour), 0))
    rows = np.searchsorted(panel.customer_ids, behaviour.index.to_numpy())
    return behaviour, embeddings(encoder, panel, panel.days - 1, rows).astype(np.float64)


def _weights(ranked: Points, embedded: Points) -> tuple[Points, Points]:
    """Mean and unit of each direction: ranks as they are, and embeddings so that together they weigh as much."""
    deviation, width = embedded.std(axis=0), ranked.shape[1]
    weight = np.sqrt(max(len(deviation), 1) / max(float(ranked.var(axis=0).sum()), 1e-9))
    apart = np.where(deviation < 1e-9, 1.0, deviation) * weight
    return np.append(np.zeros(width), embedded.mean(axis=0)), np.append(np.ones(width), apart)


def _centres(points: Points, count: int, seed: int) -> Points:
    fitted = KMeans(count, n_init=10, random_state=seed).fit(points)
    return np.asarray(fitted.cluster_centers_, dtype=np.float64)


def _nearest(points: Points, centres: Points) -> npt.NDArray[np.int64]:
    distance = ((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(distance.argmin(axis=1), dtype=np.int64)


def _sample(points: Points, count: int, random: np.random.Generator) -> Points:
    if len(points) <= count:
        return points
    return points[np.sort(random.choice(len(points), count, replace=False))]


def _numbers(centres: Points, deviation: Points, previous: SegmentModel | None) -> Sequence[int]:
    """Lasting numbers: a centre whose ranks are near one's of the last run has its number, another the next free."""
    width = len(BEHAVIOUR)  # embeddings of two encoders cannot be compared
    if previous is None:
        often = centres[:, BEHAVIOUR.index("frequency")]
        return [place + 1 for place in np.argsort(np.argsort(-often)).tolist()]
    known = np.asarray(previous.centres)[:, :width]
    apart = (centres[:, None, :width] - known[None, :, :]) / np.maximum(deviation, 1e-9)
    distance = np.sqrt((apart**2).sum(axis=2))
    taken = {
        int(row): previous.numbers[column]
        for row, column in zip(*linear_sum_assignment(distance), strict=True)
        if distance[row, column] <= MATCHED_WITHIN
    }
    free = max(previous.numbers) + 1
    numbers = []
    for row in range(len(centres)):
        if row not in taken:
            taken[row] = free
            free += 1
        numbers.append(taken[row])
    return numbers

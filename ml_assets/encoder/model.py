"""A trained encoder: what its heads say of customers at the end of a day, and the state that they say it from."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit, ndtri

from ml_assets.encoder.config import EncoderConfig
from ml_assets.encoder.network import load_network
from ml_assets.encoder.sequences import laid_out, tokens_at, windows_ending_at
from ml_assets.histories.panel import Matrix, Panel
from ml_assets.histories.saved import read_json, write_json
from ml_assets.histories.task import Amounts, Rows

ROWS_AT_ONCE = 1024


@dataclass(frozen=True)
class Encoder:
    """Nothing here reads a column of the panel after `origin`. A customer without a visit until then is answered from
    an empty history. Panels are laid out with `categories`, in this order."""

    network: Any
    """keras.Model, see network.py."""
    horizons: tuple[int, ...]
    categories: tuple[str, ...]
    scale: float
    """Mean spend of a visit in training: amounts enter the network in units of it."""
    config: EncoderConfig

    def spend(self, panel: Panel, origin: int, rows: Rows) -> dict[int, tuple[Amounts, Amounts]]:
        """Mean and median of the predicted distribution, by horizon, in currency."""
        output = self._answers("spend", panel, origin, rows, 3 * len(self.horizons))
        totals = laid_out(panel, len(self.categories), self.scale)[1]
        at, found = np.full(len(rows), origin), {}
        for k, horizon in enumerate(self.horizons):
            logit, mu, raw = output[:, 3 * k : 3 * k + 3].astype(np.float64).T
            sigma = np.clip(np.logaddexp(0, raw), *self.config.sigma_range)
            mu = mu + totals.offset(rows, at, horizon, self.scale)
            spends = expit(logit)
            mean = spends * np.exp(mu + sigma**2 / 2)
            depth = np.clip(1 - 0.5 / np.maximum(spends, 1e-9), 1e-9, 1 - 1e-9)
            median = np.where(spends > 0.5, np.exp(mu + sigma * ndtri(depth)), 0.0)
            found[horizon] = mean * self.scale, median * self.scale
        return found

    def returns(self, panel: Panel, origin: int, rows: Rows) -> dict[int, Amounts]:
        """Chance of a receipt, by horizon."""
        chances = expit(self._answers("returns", panel, origin, rows, len(self.horizons)).astype(np.float64))
        return {horizon: chances[:, k] for k, horizon in enumerate(self.horizons)}

    def next_categories(self, panel: Panel, origin: int, rows: Rows) -> Matrix:
        """Chance of a purchase within the shortest horizon, rows × categories."""
        chances: Matrix = expit(self._answers("categories", panel, origin, rows, len(self.categories)))
        return chances

    def states(self, panel: Panel, origin: int, rows: Rows) -> Matrix:
        """The state after each customer's last visit, rows × units."""
        empty = np.zeros((0, self.config.units), np.float32)
        return np.concatenate([empty, *(state for _, state in self._states(panel, origin, rows))])

    def save(self, folder: Path) -> None:
        self.network.save(folder / "encoder.keras")
        kept = {name: getattr(self, name) for name in ("horizons", "categories", "scale")}
        write_json(folder / "encoder.json", {**kept, "config": asdict(self.config)})

    @classmethod
    def load(cls, folder: Path) -> "Encoder":
        saved = read_json(folder / "encoder.json")
        config = EncoderConfig.from_dict(saved["config"])
        horizons, categories = tuple(saved["horizons"]), tuple(saved["categories"])
        return cls(load_network(folder), horizons, categories, float(saved["scale"]), config)

    def _states(self, panel: Panel, origin: int, rows: Rows) -> Iterator[tuple[Rows, Matrix]]:
        visits, _ = laid_out(panel, len(self.categories), self.scale)
        body = self.network.get_layer("body")
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = rows[start : start + ROWS_AT_ONCE]
            last = visits.until(part, np.full(len(part), origin)) - 1
            index = windows_ending_at(visits, part, last, self.config.visits)
            yield part, body.predict_on_batch(tokens_at(visits, index))[:, -1]

    def _answers(self, head: str, panel: Panel, origin: int, rows: Rows, width: int) -> Matrix:
        visits, totals = laid_out(panel, len(self.categories), self.scale)
        heads, answers = self.network.get_layer("heads"), [np.zeros((0, width), np.float32)]
        for part, state in self._states(panel, origin, rows):
            at = np.full(len(part), origin)
            last = visits.until(part, at) - 1
            last_day = np.where(
                last >= visits.starts[part], visits.day[np.maximum(last, 0)] if len(visits.day) else 0, 0
            )
            context = totals.context(part, at, last_day, self.scale)
            inputs = [values[:, None] for values in (state, context, visits.habits(part, at))]
            answers.append(heads.predict_on_batch(inputs)[head][:, 0])
        return np.concatenate(answers)

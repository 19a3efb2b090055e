"""A trained encoder: what its heads say of customers at the end of a day, and the state that they say it from."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit, ndtri

from ml_assets.encoder.config import EncoderConfig
from ml_assets.encoder.network import head_name, load_network
from ml_assets.encoder.sequences import laid_out, tastes_at, tokens_at, windows_ending_at
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

    @property
    def width(self) -> int:
        """Of a state, hence of an embedding."""
        return int(self.body.output.shape[-1])

    @property
    def body(self) -> Any:
        return self.network.get_layer("body")

    def head(self, horizon: int) -> Any:
        return self.network.get_layer(head_name(horizon))

    def spend(self, panel: Panel, origin: int, rows: Rows) -> dict[int, tuple[Amounts, Amounts]]:
        """Mean and median of the predicted distribution, by horizon, in currency."""
        output = self._answers([f"spend_{horizon}" for horizon in self.horizons], panel, origin, rows)
        totals = laid_out(panel, len(self.categories), self.scale)[1]
        at, found = np.full(len(rows), origin), {}
        for horizon in self.horizons:
            logit, mu, raw = output[f"spend_{horizon}"].astype(np.float64).T
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
        output = self._answers([f"returns_{horizon}" for horizon in self.horizons], panel, origin, rows)
        return {horizon: expit(output[f"returns_{horizon}"][:, 0].astype(np.float64)) for horizon in self.horizons}

    def next_categories(self, panel: Panel, origin: int, rows: Rows) -> Matrix:
        """Chance of a purchase within the shortest horizon, rows × categories."""
        chances: Matrix = expit(self._answers(["categories"], panel, origin, rows)["categories"])
        return chances

    def states(self, panel: Panel, origin: int, rows: Rows) -> Matrix:
        """The state after each customer's last visit, rows × width."""
        empty = np.zeros((0, self.width), np.float32)
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
        body = self.body
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = rows[start : start + ROWS_AT_ONCE]
            last = visits.until(part, np.full(len(part), origin)) - 1
            index = windows_ending_at(visits, part, last, self.config.visits)
            yield part, body.predict_on_batch([tokens_at(visits, index), tastes_at(visits, index)])[:, -1]

    def _answers(self, names: Sequence[str], panel: Panel, origin: int, rows: Rows) -> dict[str, Matrix]:
        visits, totals = laid_out(panel, len(self.categories), self.scale)
        heads = [self.head(horizon) for horizon in self.horizons]
        asked = [(head, name) for head in heads for name in head.output if name in names]
        answers = {name: [np.zeros((0, head.output[name].shape[-1]), np.float32)] for head, name in asked}
        for part, state in self._states(panel, origin, rows):
            at = np.full(len(part), origin)
            last = visits.until(part, at) - 1
            last_day = np.where(
                last >= visits.starts[part], visits.day[np.maximum(last, 0)] if len(visits.day) else 0, 0
            )
            context = totals.context(part, at, last_day, self.scale)
            inputs = [values[:, None] for values in (state, context, visits.habits(part, at))]
            for head in dict.fromkeys(head for head, _ in asked):
                said = head.predict_on_batch(inputs)
                for name in set(said) & set(answers):
                    answers[name].append(said[name][:, 0])
        return {name: np.concatenate(parts) for name, parts in answers.items()}

"""Everything about the encoder that may be chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Precision = Literal["float32", "mixed_float16", "mixed_bfloat16"]


@dataclass(frozen=True)
class EncoderConfig:
    """A GRU over visits with three heads. The defaults are what `lyra` runs."""

    visits: int = 64
    units: int = 48
    """Width of the GRU's state."""
    taste_units: int = 32
    """Principal components that are kept of what was bought, where there are so many categories."""
    batch_size: int = 128
    precision: Precision = "float32"
    """What the layers below the answers compute in while they learn; weights, answers and losses are float32 always,
    and so is all that measures and scores."""
    learning_rate: float = 3e-3
    pretraining_epochs: int = 3
    """At most, over next events, before the heads are learnt; 0 leaves it out."""
    epochs_at_most: int = 16
    head_epochs_at_most: int = 6
    """Of each head alone, the body fixed, on the days that only its own horizon leaves to learn from."""
    sequences_at_most: int = 40_000
    """Sequences over all epochs on body and heads, a quarter of it on next events, as much on each head alone: this
    bounds the time."""
    sigma_range: tuple[float, float] = (0.1, 2.0)
    """The mean of a lognormal grows with exp(sigma² / 2): unclamped, one customer outweighs the bank."""
    spend_weight: float = 1.0
    return_weight: float = 0.1
    category_weight: float = 0.03
    """Of the losses of the three heads, which are learnt together; each question gives its own the most."""

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> "EncoderConfig":
        return cls(**{**saved, "sigma_range": tuple(saved["sigma_range"])})

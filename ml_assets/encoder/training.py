"""First the next events, then the three heads together; the epoch that foretold best is kept."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from ml_assets.encoder.batches import Batch, Draw
from ml_assets.encoder.config import EncoderConfig
from ml_assets.encoder.losses import head_losses, next_event_losses
from ml_assets.encoder.model import Encoder
from ml_assets.encoder.network import build_network, keras_module, pretraining_network
from ml_assets.encoder.sequences import laid_out
from ml_assets.histories.task import Progress, Task

Watch = Callable[[Encoder], float]


@dataclass(frozen=True)
class Trained:
    encoder: Encoder
    params: dict[str, object]
    curve: list[dict[str, float]]
    """Of every epoch on the heads: step, the losses, held_out_error."""


def train(task: Task[Any], config: EncoderConfig, watch: Watch, on_progress: Progress) -> Trained:
    """An encoder of the training customers without those of the calibration.

    watch: an error of the encoder on customers that it does not learn from; the epoch with the smallest is kept.
    The body is shared, so what is learnt of one horizon until its held-out days began is known to the others' heads.
    """
    training = prepare(task, config)
    draw, encoder = training.draw, training.encoder
    affordable = config.sequences_at_most // max(len(draw.customers), 1)
    epochs = int(np.clip(affordable // 4, 1, config.pretraining_epochs)) if config.pretraining_epochs else 0
    network = pretraining(training, epochs)
    for epoch in range(1, epochs + 1):
        found = run_epoch(network, draw.next_events())
        told = ", ".join(f"{name} {found[f'{name}_loss']:.3f}" for name in ("next_categories", "next_gap"))
        on_progress(f"encoder: epoch {epoch} of {epochs} on next events, {told}")

    epochs = int(np.clip(affordable, 1, config.epochs_at_most))
    network = fine_tuning(training, epochs)
    curve: list[dict[str, float]] = []
    best, least = network.get_weights(), float("inf")
    for epoch in range(1, epochs + 1):
        found = run_epoch(network, draw.outcomes())
        error = watch(encoder)
        curve.append({"step": epoch, **found, "held_out_error": error})
        on_progress(f"encoder: epoch {epoch} of {epochs}, loss {found['loss']:.3f}, held-out error {error:.4f}")
        if error < least:
            best, least = network.get_weights(), error
    network.set_weights(best)
    params = {**asdict(config), "epochs": epochs, "batches": draw.batches, "parameters": network.count_params()}
    return Trained(_in_float32(encoder), params, curve)


def _in_float32(encoder: Encoder) -> Encoder:
    """The same weights in single precision: what is measured on one device is what another one scores with."""
    if encoder.config.precision == "float32":
        return encoder
    config = replace(encoder.config, precision="float32")
    network = build_network(keras_module(1), len(encoder.categories), len(encoder.horizons), config)
    network.set_weights(encoder.network.get_weights())
    return replace(encoder, network=network)


@dataclass(frozen=True)
class Training:
    """An encoder that has learnt nothing, and what it is to learn from."""

    keras: Any
    encoder: Encoder
    draw: Draw


def prepare(task: Task[Any], config: EncoderConfig) -> Training:
    keras = keras_module(task.config.threads)
    keras.utils.set_random_seed(task.config.seed)
    scale = _scale(task)
    visits, totals = laid_out(task.panel, len(task.categories), scale)
    network = build_network(keras, len(task.categories), len(task.splits), config)
    encoder = Encoder(network, tuple(task.splits), task.categories, scale, config)
    return Training(keras, encoder, Draw(task, config, visits, totals, scale))


def pretraining(training: Training, epochs: int) -> Any:
    """The network that learns next events, compiled for so many epochs; it shares the encoder's body."""
    keras, encoder = training.keras, training.encoder
    body, precision = encoder.network.get_layer("body"), encoder.config.precision
    network = pretraining_network(keras, body, len(encoder.categories), precision)
    network.compile(_optimizer(training, max(epochs, 1)), next_event_losses(keras))
    return network


def fine_tuning(training: Training, epochs: int) -> Any:
    """The encoder's own network, compiled for so many epochs on the heads."""
    keras, encoder, config = training.keras, training.encoder, training.encoder.config
    losses = head_losses(keras, len(encoder.horizons), config)
    weights = {"spend": config.spend_weight, "returns": config.return_weight, "categories": config.category_weight}
    encoder.network.compile(_optimizer(training, epochs), losses, loss_weights=weights)
    return encoder.network


def run_epoch(network: Any, batches: Iterator[Batch]) -> dict[str, float]:
    """Learn from the batches; mean losses by name."""
    network.reset_metrics()
    found: dict[str, float] = {}
    for inputs, truth in batches:
        found = network.train_on_batch(inputs, truth, return_dict=True)
    return {name: float(value) for name, value in found.items()}


def _optimizer(training: Training, epochs: int) -> Any:
    """The rate rises over half an epoch, then falls."""
    optimizers, rate, batches = training.keras.optimizers, training.encoder.config.learning_rate, training.draw.batches
    schedule = optimizers.schedules.CosineDecay(
        0.0, epochs * batches, warmup_target=rate, warmup_steps=batches // 2 + 1, alpha=0.02
    )
    return optimizers.AdamW(schedule, weight_decay=0.01, clipnorm=1.0)


def _scale(task: Task[Any]) -> float:
    """Mean spend of a visit, of what any learner may know."""
    newest = max(split.train_origins[0] for split in task.splits.values())
    past = task.panel.events.loc[task.panel.events["day"] <= newest]
    visit_count = max(int((task.panel.receipts[:, : newest + 1] > 0).sum()), 1)
    return max(float(past["amount"].sum()) / visit_count, 1e-6)

"""First the next events, then body and heads together, then heads alone; the epoch that foretold best is kept."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from math import cos, pi
from typing import Any

import numpy as np

from ml_assets.encoder.batches import Batch, Draw
from ml_assets.encoder.config import EncoderConfig
from ml_assets.encoder.losses import head_losses, next_event_losses
from ml_assets.encoder.model import Encoder
from ml_assets.encoder.network import (
    build_network,
    computing_in,
    keras_module,
    network_of,
    pretraining_network,
    set_components,
)
from ml_assets.encoder.sequences import laid_out
from ml_assets.histories.panel import Matrix
from ml_assets.histories.task import Progress, Task

Watch = Callable[[Encoder, Task[Any]], float]


@dataclass(frozen=True)
class Trained:
    encoder: Encoder
    params: dict[str, object]
    curve: list[dict[str, float]]
    """Of every epoch on body and heads, then of every one on a head alone: step, the losses, held_out_error."""


def train(task: Task[Any], config: EncoderConfig, watch: Watch, on_progress: Progress) -> Trained:
    """An encoder of the training customers without those of the calibration.

    The body and all heads learn from the days before every held-out window of every horizon. Then each head whose own
    horizon leaves newer days goes on with those, the body fixed: what it learns there, no other horizon is told.
    watch: an error of the encoder on customers that it does not learn from, over the horizons of the task that it is
    given; the epoch with the smallest is kept.
    """
    known = task.before_held_out(task.splits)
    training = prepare(known, config, tuple(task.splits))
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
    batches = partial(draw.outcomes, network.output)
    curve = _learn(training, network, batches, epochs, watch, "body and heads", on_progress)
    more = int(np.clip(affordable // 4, 1, min(config.head_epochs_at_most, config.epochs_at_most)))
    for horizon in task.splits:
        own = task.before_held_out([horizon])
        if own.panel.days > known.panel.days or own.splits[horizon] != known.splits.get(horizon):
            alone = replace(training, draw=_draw(own, config, encoder.scale))
            head = head_alone(alone, horizon, more)
            batches = partial(_with_states, encoder.body, alone.draw, head.output)
            curve += _learn(alone, head, batches, more, watch, f"the head of {horizon} days", on_progress, len(curve))
    size = encoder.network.count_params()
    params = {**asdict(config), "epochs": epochs, "batches": draw.batches, "parameters": size}
    return Trained(_in_float32(encoder), params, curve)


def _in_float32(encoder: Encoder) -> Encoder:
    """The same weights in single precision: what is measured on one device is what another one scores with."""
    if encoder.config.precision == "float32":
        return encoder
    config = replace(encoder.config, precision="float32")
    network = build_network(keras_module(1), len(encoder.categories), encoder.horizons, config)
    network.set_weights(encoder.network.get_weights())
    return replace(encoder, network=network)


@dataclass(frozen=True)
class Training:
    """An encoder, and what it is to learn from."""

    keras: Any
    encoder: Encoder
    draw: Draw


def prepare(task: Task[Any], config: EncoderConfig, horizons: tuple[int, ...]) -> Training:
    """An encoder of these horizons that has learnt nothing, and what it is to learn from: all of the task's panel."""
    keras = keras_module(task.config.threads)
    keras.utils.set_random_seed(task.config.seed)
    scale = _scale(task)
    network = build_network(keras, len(task.categories), horizons, config)
    encoder, draw = Encoder(network, horizons, task.categories, scale, config), _draw(task, config, scale)
    set_components(encoder.body, draw.tastes())
    return Training(keras, encoder, draw)


def pretraining(training: Training, epochs: int) -> Any:
    """The network that learns next events, compiled for so many epochs; it shares the encoder's body."""
    keras, encoder = training.keras, training.encoder
    network = pretraining_network(keras, encoder.body, len(encoder.categories), encoder.config.precision)
    network.compile(_optimizer(training, max(epochs, 1)), next_event_losses(keras))
    return network


def fine_tuning(training: Training, epochs: int) -> Any:
    """The body with the heads of the horizons that are learnt, compiled for so many epochs."""
    keras, encoder = training.keras, training.encoder
    heads = [encoder.head(horizon) for horizon in training.draw.task.splits]
    with computing_in(keras, encoder.config.precision):
        network = network_of(keras, encoder.body, heads, len(encoder.categories), "learning")
    losses, weights = head_losses(keras, list(network.output), encoder.config)
    network.compile(_optimizer(training, epochs), losses, loss_weights=weights)
    return network


def head_alone(training: Training, horizon: int, epochs: int) -> Any:
    """The head of one horizon, compiled for so many epochs; it learns from the body's states as they are."""
    keras, encoder = training.keras, training.encoder
    head = encoder.head(horizon)
    with computing_in(keras, encoder.config.precision):
        network = keras.Model(head.input, head.output, name="learning")  # the head itself is saved, without losses
    losses, weights = head_losses(keras, list(network.output), encoder.config)
    network.compile(_optimizer(training, epochs), losses, loss_weights=weights)
    return network


def run_epoch(network: Any, batches: Iterator[Batch]) -> dict[str, float]:
    """Learn from the batches; mean losses by name."""
    network.reset_metrics()
    optimizer = getattr(network.optimizer, "inner_optimizer", network.optimizer)  # half precision may skip its steps
    found: dict[str, float] = {}
    for inputs, truth in batches:
        if not network.optimizer.built:
            _make_variables(network, inputs, truth)
        optimizer.learning_rate = optimizer.rate_at(int(optimizer.iterations))
        found = network.train_on_batch(inputs, truth, return_dict=True)
    return {name: float(value) for name, value in found.items()}


def _make_variables(network: Any, inputs: Any, truth: Mapping[str, Matrix]) -> None:
    """Of the optimizer and of the losses' means: TensorFlow traces a step that makes variables a second time."""
    network.optimizer.build(network.trainable_variables)
    network.compute_loss(x=inputs, y=truth, y_pred=network(inputs, training=False), training=False)


def _with_states(body: Any, draw: Draw, answers: Collection[str]) -> Iterator[Batch]:
    """An epoch in which the body has already read the visits."""
    for inputs, truth in draw.outcomes(answers):
        state = body.predict_on_batch([inputs["visits"], inputs["taste"]])
        yield [state, inputs["context"], inputs["habits"]], truth


def _learn(
    training: Training,
    network: Any,
    batches: Callable[[], Iterator[Batch]],
    epochs: int,
    watch: Watch,
    what: str,
    on_progress: Progress,
    steps_before: int = 0,
) -> list[dict[str, float]]:
    """So many epochs, of which the weights of the best are kept; the training curve."""
    curve: list[dict[str, float]] = []
    best, least = network.get_weights(), float("inf")
    for epoch in range(1, epochs + 1):
        found = run_epoch(network, batches())
        error = watch(training.encoder, training.draw.task)
        curve.append({"step": steps_before + epoch, **found, "held_out_error": error})
        on_progress(
            f"encoder: epoch {epoch} of {epochs} on {what}, loss {found['loss']:.3f}, held-out error {error:.4f}"
        )
        if error < least or not np.isfinite(least):  # nobody to watch: the newest
            best, least = network.get_weights(), error
    network.set_weights(best)
    return curve


def _draw(task: Task[Any], config: EncoderConfig, scale: float) -> Draw:
    return Draw(task, config, *laid_out(task.panel, len(task.categories), scale), scale)


def _optimizer(training: Training, epochs: int) -> Any:
    """AdamW; `rate_at` says what run_epoch sets as its rate. A schedule of Keras would be computed anew, in every step,
    for each weight and its decay: 240 branches of the graph, half of the time that tracing takes."""
    rate, batches = training.encoder.config.learning_rate, training.draw.batches
    optimizer = training.keras.optimizers.AdamW(rate, weight_decay=0.01, clipnorm=1.0)
    optimizer.rate_at = partial(rate_at, highest=rate, rising=batches // 2 + 1, falling=epochs * batches)
    return optimizer


def rate_at(step: int, highest: float, rising: int, falling: int) -> float:
    """The rate rises from 0 over so many steps, then falls as a cosine over as many as said, to a fiftieth."""
    if step < rising:
        return highest * step / rising
    fallen = min((step - rising) / falling, 1.0)
    return highest * (0.02 + 0.98 * (1 + cos(pi * fallen)) / 2)


def _scale(task: Task[Any]) -> float:
    """Mean spend of a visit."""
    visit_count = max(int((task.panel.receipts > 0).sum()), 1)
    return max(float(task.panel.events["amount"].sum()) / visit_count, 1e-6)

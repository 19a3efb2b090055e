"""What the heads and the pre-training are scored by. Every truth carries its own weights, one a step."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from ml_assets.encoder.config import EncoderConfig

Loss = Callable[[Any, Any], Any]


def head_losses(keras: Any, answers: Sequence[str], config: EncoderConfig) -> tuple[dict[str, Loss], dict[str, float]]:
    """Losses of these answers (network.py) and their weights: all horizons weigh as much together as one alone."""
    of_kind = {
        "spend": (zero_inflated_lognormal(keras, config), config.spend_weight),
        "returns": (returns(keras), config.return_weight),
        "categories": (categories(keras), config.category_weight),
    }
    kinds = {name: name.partition("_")[0] for name in answers}
    alike = Counter(kinds.values())
    losses = {name: of_kind[kind][0] for name, kind in kinds.items()}
    return losses, {name: of_kind[kind][1] / alike[kind] for name, kind in kinds.items()}


def next_event_losses(keras: Any) -> dict[str, Loss]:
    return {"next_categories": next_categories(keras), "next_gap": next_gap(keras)}


def zero_inflated_lognormal(keras: Any, config: EncoderConfig) -> Loss:
    """Negative log-likelihood of arXiv 1912.07753, equation 3, averaged with weights.

    Truth, per step: amount (in units of the scale), weight, offset of μ.
    """
    ops = keras.ops

    def loss(truth: Any, output: Any) -> Any:
        amount, weight, offset = truth[..., 0], truth[..., 1], truth[..., 2]
        positive = ops.cast(amount > 0, output.dtype)
        logit, mu = output[..., 0], output[..., 1] + offset
        sigma = ops.clip(ops.softplus(output[..., 2]), *config.sigma_range)
        at_all = ops.softplus(logit) - positive * logit
        distance = (ops.log(ops.maximum(amount, 1e-4)) - mu) / sigma
        size = positive * (ops.log(sigma) + 0.5 * ops.square(distance))
        return _mean(ops, at_all + size, weight)

    return loss


def returns(keras: Any) -> Loss:
    """Binary cross-entropy. Truth, per step: outcome, weight."""
    ops = keras.ops

    def loss(truth: Any, output: Any) -> Any:
        returned, weight, logit = truth[..., 0], truth[..., 1], output[..., 0]
        return _mean(ops, ops.softplus(logit) - returned * logit, weight)

    return loss


def categories(keras: Any) -> Loss:
    """Binary cross-entropy of each category, summed over them. Truth, per step: each outcome, then the weight."""
    ops = keras.ops

    def loss(truth: Any, output: Any) -> Any:
        bought, weight = truth[..., :-1], truth[..., -1]
        return _mean(ops, ops.sum(ops.softplus(output) - bought * output, axis=-1), weight)

    return loss


def next_categories(keras: Any) -> Loss:
    """Cross-entropy of the next visit's categories, shared evenly. Truth, per step: each share, then the weight."""
    ops = keras.ops

    def loss(truth: Any, output: Any) -> Any:
        share, weight = truth[..., :-1], truth[..., -1]
        return _mean(ops, -ops.sum(share * ops.log_softmax(output, axis=-1), axis=-1), weight)

    return loss


def next_gap(keras: Any) -> Loss:
    """Squared error of the logarithm of the days until the next visit. Truth, per step: logarithm, weight."""
    ops = keras.ops

    def loss(truth: Any, output: Any) -> Any:
        return _mean(ops, ops.square(output[..., 0] - truth[..., 0]), truth[..., 1])

    return loss


def _mean(ops: Any, values: Any, weight: Any) -> Any:
    return ops.sum(weight * values) / ops.maximum(ops.sum(weight), 1.0)

"""The Keras network: layers and `keras.ops` only, so that the saved file runs on TensorFlow, JAX and PyTorch.

Keras (and TensorFlow behind it) is imported inside functions: it takes 4–8 s and 660 MB, and scoring by another
contender does not need it.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ml_assets.encoder.config import EncoderConfig, Precision
from ml_assets.encoder.sequences import CONTEXT_WIDTH, HABIT_WINDOWS, token_width
from ml_assets.histories.panel import Matrix


def keras_module(threads: int) -> Any:
    """Keras with this many threads; has an effect only before its first use in the process."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(threads))
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
    import keras  # type: ignore[import-untyped]

    return keras


@contextmanager
def computing_in(keras: Any, precision: Precision) -> Iterator[None]:
    """Layers, models and optimizers made inside compute in this precision, but for those that say float32."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def build_network(keras: Any, category_count: int, horizons: Sequence[int], config: EncoderConfig) -> Any:
    """visits, taste, context, habits (see sequences.py), all batch × steps → every head's answers at every step.

    Answers: for each horizon `spend_30` (logit of spending, μ, raw σ) and `returns_30` (logit); `categories` (logits),
    of the shortest. No two horizons share anything but the body: what one learns is not known to another.
    """
    with computing_in(keras, config.precision):
        body = _body(keras, category_count, config)
        width = body.output.shape[-1]
        heads = [_head(keras, category_count, width, horizon, horizon == min(horizons), config) for horizon in horizons]
        return network_of(keras, body, heads, category_count, "encoder")


def network_of(keras: Any, body: Any, heads: Sequence[Any], category_count: int, name: str) -> Any:
    """A network of the body and these heads of it; it shares their weights."""
    inputs = {
        "visits": keras.Input((None, token_width(category_count)), name="visits"),
        "taste": keras.Input((None, category_count + 1), name="taste"),
        "context": keras.Input((None, CONTEXT_WIDTH), name="context"),
        "habits": keras.Input((None, category_count, len(HABIT_WINDOWS)), name="habits"),
    }
    state = body([inputs["visits"], inputs["taste"]])
    answers: dict[str, Any] = {}
    for head in heads:
        answers |= head([state, inputs["context"], inputs["habits"]])
    return keras.Model(inputs, answers, name=name)


def head_name(horizon: int) -> str:
    return f"head_{horizon}"


def pretraining_network(keras: Any, body: Any, category_count: int, precision: Precision) -> Any:
    """The body with two heads that are thrown away: of the next visit, the categories' logits and log days until it."""
    with computing_in(keras, precision):
        tokens = keras.Input((None, token_width(category_count)), name="visits")
        taste = keras.Input((None, category_count + 1), name="taste")
        state = body([tokens, taste])
        answers = {
            "next_categories": keras.layers.Dense(category_count, dtype="float32", name="next_categories")(state),
            "next_gap": keras.layers.Dense(1, dtype="float32", name="next_gap")(state),
        }
        return keras.Model({"visits": tokens, "taste": taste}, answers, name="next_events")


def load_network(folder: Path, threads: int = 2) -> Any:
    """Safe mode: a file that carries code (a Lambda layer) is refused."""
    return keras_module(threads).saving.load_model(folder / "encoder.keras", compile=False, safe_mode=True)


def _body(keras: Any, category_count: int, config: EncoderConfig) -> Any:
    """Visits → the state after each of them; a customer's last state is his embedding.

    A state is that of the GRU, which tells when and how often, beside the principal components of the taste, which tell
    what: a GRU that learns what comes next forgets most of it (docs/models.md).
    """
    layers = keras.layers
    tokens = keras.Input((None, token_width(category_count)), name="visits")
    taste = keras.Input((None, category_count + 1), name="taste")
    x = layers.Dense(config.units, activation="gelu", name="visit_embedding")(tokens)
    rhythm = layers.GRU(config.units, return_sequences=True, name="states")(x)
    kept = min(config.taste_units, category_count + 1)
    components = layers.Dense(kept, trainable=False, dtype="float32", name="components")(taste)
    return keras.Model([tokens, taste], layers.Concatenate(name="state")([rhythm, components]), name="body")


def set_components(body: Any, tastes: Matrix) -> None:
    """Let the body keep the principal components of these customers' tastes, customers × (categories + 1)."""
    layer = body.get_layer("components")
    mean = tastes.mean(axis=0, dtype=np.float64)
    apart = tastes - mean
    _, directions = np.linalg.eigh(apart.T @ apart)
    kernel = directions[:, ::-1][:, : layer.units]
    layer.set_weights([kernel, -mean @ kernel])


def _head(
    keras: Any, category_count: int, width: int, horizon: int, has_categories: bool, config: EncoderConfig
) -> Any:
    """State, context, habits → the answers of one horizon. The categories' logits are what habits say (alike for all
    categories) and what the state adds."""
    layers = keras.layers
    state = keras.Input((None, width), name="state")
    context = keras.Input((None, CONTEXT_WIDTH), name="context")
    habits = keras.Input((None, category_count, len(HABIT_WINDOWS)), name="habits")
    x = layers.Concatenate(name="state_and_context")([state, context])
    x = layers.LayerNormalization(name="scale")(x)

    def hidden(width: int, name: str) -> Any:
        return layers.Dropout(0.1)(layers.Dense(width, activation="gelu", name=name)(x))

    def answer(width: int, name: str) -> Any:
        """exp(σ² / 2) and a logarithm of chances lie behind these: half precision has three digits."""
        return layers.Dense(width, kernel_initializer="zeros", dtype="float32", name=name)

    spend, returns = answer(3, "zero_inflated_lognormal"), answer(1, "return_logit")
    answers = {
        f"spend_{horizon}": spend(hidden(2 * config.units, "spend_head")),
        f"returns_{horizon}": returns(hidden(config.units, "return_head")),
    }
    if has_categories:
        taste = answer(category_count, "category_taste")
        habit = layers.Dense(1, use_bias=False, kernel_initializer="ones", dtype="float32", name="habit")
        known = layers.Reshape((-1, category_count), dtype="float32", name="habit_logits")(habit(habits))
        logits = layers.Add(dtype="float32", name="category_logits")(
            [taste(hidden(config.units, "category_head")), known]
        )
        answers["categories"] = logits
    return keras.Model([state, context, habits], answers, name=head_name(horizon))

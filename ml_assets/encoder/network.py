"""The Keras network: layers and `keras.ops` only, so that the saved file runs on TensorFlow, JAX and PyTorch.

Keras (and TensorFlow behind it) is imported inside functions: it takes 4–8 s and 660 MB, and scoring by another
contender does not need it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ml_assets.encoder.config import EncoderConfig, Precision
from ml_assets.encoder.sequences import CONTEXT_WIDTH, HABIT_WINDOWS, token_width


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


def build_network(keras: Any, category_count: int, horizons: int, config: EncoderConfig) -> Any:
    """visits, context, habits (see sequences.py), all batch × steps → the three heads' answers at every step."""
    with computing_in(keras, config.precision):
        return _network(keras, category_count, horizons, config)


def _network(keras: Any, category_count: int, horizons: int, config: EncoderConfig) -> Any:
    tokens = keras.Input((None, token_width(category_count)), name="visits")
    context = keras.Input((None, CONTEXT_WIDTH), name="context")
    habits = keras.Input((None, category_count, len(HABIT_WINDOWS)), name="habits")
    body, heads = _body(keras, category_count, config), _heads(keras, category_count, horizons, config)
    answers = heads([body(tokens), context, habits])
    return keras.Model({"visits": tokens, "context": context, "habits": habits}, answers, name="encoder")


def pretraining_network(keras: Any, body: Any, category_count: int, precision: Precision) -> Any:
    """The body with two heads that are thrown away: of the next visit, the categories' logits and log days until it."""
    with computing_in(keras, precision):
        tokens = keras.Input((None, token_width(category_count)), name="visits")
        state = body(tokens)
        answers = {
            "next_categories": keras.layers.Dense(category_count, dtype="float32", name="next_categories")(state),
            "next_gap": keras.layers.Dense(1, dtype="float32", name="next_gap")(state),
        }
        return keras.Model({"visits": tokens}, answers, name="next_events")


def load_network(folder: Path, threads: int = 2) -> Any:
    """Safe mode: a file that carries code (a Lambda layer) is refused."""
    return keras_module(threads).saving.load_model(folder / "encoder.keras", compile=False, safe_mode=True)


def _body(keras: Any, category_count: int, config: EncoderConfig) -> Any:
    """Visits → the state after each of them; a customer's last state is his embedding."""
    layers = keras.layers
    tokens = keras.Input((None, token_width(category_count)), name="visits")
    x = layers.Dense(config.units, activation="gelu", name="visit_embedding")(tokens)
    state = layers.GRU(config.units, return_sequences=True, name="states")(x)
    return keras.Model(tokens, state, name="body")


def _heads(keras: Any, category_count: int, horizons: int, config: EncoderConfig) -> Any:
    """State, context, habits → spend: logit of spending, μ, raw σ of each horizon; returns: logit of each horizon;
    categories: logit of each, which is what habits say (alike for all categories) and what the state adds."""
    layers = keras.layers
    state = keras.Input((None, config.units), name="state")
    context = keras.Input((None, CONTEXT_WIDTH), name="context")
    habits = keras.Input((None, category_count, len(HABIT_WINDOWS)), name="habits")
    x = layers.Concatenate(name="state_and_context")([state, context])
    x = layers.LayerNormalization(name="scale")(x)

    def hidden(width: int, name: str) -> Any:
        return layers.Dropout(0.1)(layers.Dense(width, activation="gelu", name=name)(x))

    def answer(width: int, name: str) -> Any:
        """exp(σ² / 2) and a logarithm of chances lie behind these: half precision has three digits."""
        return layers.Dense(width, kernel_initializer="zeros", dtype="float32", name=name)

    spend = answer(3 * horizons, "zero_inflated_lognormal")
    returns, taste = answer(horizons, "return_logits"), answer(category_count, "taste")
    habit = layers.Dense(1, use_bias=False, kernel_initializer="ones", dtype="float32", name="habit")
    known = layers.Reshape((-1, category_count), dtype="float32", name="habit_logits")(habit(habits))
    answers = {
        "spend": spend(hidden(2 * config.units, "spend_head")),
        "returns": returns(hidden(config.units, "return_head")),
        "categories": layers.Add(dtype="float32", name="category_logits")(
            [taste(hidden(config.units, "category_head")), known]
        ),
    }
    return keras.Model([state, context, habits], answers, name="heads")

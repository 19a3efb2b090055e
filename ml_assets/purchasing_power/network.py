"""The Keras network and its loss: layers and `keras.ops` only, so that the saved file runs on any backend.

Keras (and TensorFlow behind it) is imported inside functions: it takes 4–8 s and 660 MB, and scoring by another
contender does not need it.
"""

import os
from pathlib import Path
from typing import Any

from ml_assets.purchasing_power.config import EncoderConfig


def keras_module(threads: int) -> Any:
    """Keras with this many threads; has an effect only before its first use in the process."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(threads))
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
    import keras  # type: ignore[import-untyped]

    return keras


def build_network(keras: Any, token_width: int, context_width: int, horizons: int, config: EncoderConfig) -> Any:
    """(visits × token, visits × context) → visits × (horizons · 3): logit of spending, μ, raw σ."""
    layers = keras.layers
    tokens = keras.Input((None, token_width), name="visits")
    context = keras.Input((None, context_width), name="context")
    x = layers.Dense(config.units, activation="gelu", name="visit_embedding")(tokens)
    x = layers.GRU(config.units, return_sequences=True, name="encoder")(x)
    x = layers.Concatenate(name="state_and_context")([x, context])
    x = layers.LayerNormalization(name="scale")(x)
    x = layers.Dense(2 * config.units, activation="gelu", name="head")(x)
    x = layers.Dropout(0.1, name="dropout")(x)
    output = layers.Dense(3 * horizons, kernel_initializer="zeros", name="zero_inflated_lognormal")(x)
    return keras.Model([tokens, context], output, name="purchasing_power_encoder")


def zero_inflated_lognormal_loss(keras: Any, horizons: int, config: EncoderConfig) -> Any:
    """Negative log-likelihood of arXiv 1912.07753, equation 3, averaged with weights.

    Truth, per step: for each horizon amount (in units of the scale), weight and offset of μ.
    """
    ops = keras.ops

    def loss(truth: Any, output: Any) -> Any:
        shape = (-1, ops.shape(output)[1], horizons, 3)
        truth, output = ops.reshape(truth, shape), ops.reshape(output, shape)
        amount, weight, offset = truth[..., 0], truth[..., 1], truth[..., 2]
        positive = ops.cast(amount > 0, output.dtype)
        logit, mu = output[..., 0], output[..., 1] + offset
        sigma = ops.clip(ops.softplus(output[..., 2]), *config.sigma_range)
        at_all = ops.softplus(logit) - positive * logit
        distance = (ops.log(ops.maximum(amount, 1e-4)) - mu) / sigma
        size = positive * (ops.log(sigma) + 0.5 * ops.square(distance))
        return ops.sum(weight * (at_all + size)) / ops.maximum(ops.sum(weight), 1.0)

    return loss


def load_network(folder: Path, threads: int = 2) -> Any:
    """Safe mode: a file that carries code (a Lambda layer) is refused."""
    return keras_module(threads).saving.load_model(folder / "encoder.keras", compile=False, safe_mode=True)

"""One encoder, three heads: what a customer's visits say of the next categories, of spend and of coming back."""

from ml_assets.encoder.config import EncoderConfig
from ml_assets.encoder.embeddings import embed, embeddings
from ml_assets.encoder.model import Encoder
from ml_assets.encoder.training import Trained, train

__all__ = ["Encoder", "EncoderConfig", "Trained", "embed", "embeddings", "train"]

"""A synthetic bank whose truth is known: files in the bank's own format, made from one seed."""

from infra.sample_bank.draw import DEFAULT_END
from infra.sample_bank.make import SampleBankError, make_sample_bank
from infra.sample_bank.sizes import SIZES, SampleSize

__all__ = ["DEFAULT_END", "SIZES", "SampleBankError", "SampleSize", "make_sample_bank"]

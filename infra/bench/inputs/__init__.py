"""Bad files of every sort that a bank may send by mistake, and what the loader must make of each."""

from infra.bench.inputs.bad_input import BadInput
from infra.bench.inputs.catalogue import bad_inputs
from infra.bench.inputs.trial import Result, Trial, counts, prepared, try_inputs

__all__ = ["BadInput", "Result", "Trial", "bad_inputs", "counts", "prepared", "try_inputs"]

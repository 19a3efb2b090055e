"""Bad files of every sort that a bank may send by mistake, and what the loader must make of each."""

from tests.benchmarks.inputs.bad_input import BadInput
from tests.benchmarks.inputs.catalogue import bad_inputs
from tests.benchmarks.inputs.trial import Result, Trial, counts, prepared, try_inputs

__all__ = ["BadInput", "Result", "Trial", "bad_inputs", "counts", "prepared", "try_inputs"]

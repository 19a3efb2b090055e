"""All bad inputs."""

from tests.benchmarks.inputs import columns, deliveries, encodings, fields, lines, packing, parquet, paths, reference
from tests.benchmarks.inputs.bad_input import BadInput


def bad_inputs() -> list[BadInput]:
    """Every bad input, with a name of its own."""
    modules = (encodings, lines, columns, fields, packing, parquet, paths, deliveries, reference)
    return [bad_input for module in modules for bad_input in module.bad_inputs()]

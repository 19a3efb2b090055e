"""`python -m tests.benchmarks.models [PART …]`: `ml_assets.bench`, and the sample bank, which models know not."""

import sys

from ml_assets.bench import main
from tests.benchmarks.sample_bank.page import bench_sample_bank

if __name__ == "__main__":
    sys.exit(main(others={"sample-bank": bench_sample_bank}))

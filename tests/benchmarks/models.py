"""`python -m tests.benchmarks.models [PART …]`: `ml_assets.bench`, and what takes a warehouse or the sample bank."""

import sys

from ml_assets.bench import main
from tests.benchmarks.look_alikes import bench_look_alikes
from tests.benchmarks.sample_bank.page import bench_sample_bank
from tests.benchmarks.scoring import bench_scoring
from tests.benchmarks.training import bench_training

if __name__ == "__main__":
    others = {
        "look-alike": bench_look_alikes,
        "sample-bank": bench_sample_bank,
        "scoring": bench_scoring,
        "training": bench_training,
    }
    sys.exit(main(others=others))

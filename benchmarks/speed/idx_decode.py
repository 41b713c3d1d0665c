"""Decode MNIST's 60,000 images, against `numpy.fromfile` of the same bytes.

    python -m benchmarks.speed.idx_decode [--rounds 41] [--limit 1.1]

The two take turns, so that whatever else the machine does hits both, and their medians are
compared. Exits with 1 if the ratio is above the limit.
"""

import argparse
import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np

from helpers.data import SPLITS, fetch
from helpers.idx import read_idx


def time_once(function: Callable[[], object]) -> float:
    """Return the seconds that one call takes, freeing its result included."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def main() -> int:
    """Print both medians and their ratio; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--limit", type=float, default=1.1)
    options = parser.parse_args()
    path = next(path for path in fetch("mnist") if path.name == SPLITS["train"].images)
    contestants = (lambda: read_idx(path), lambda: np.fromfile(path, np.uint8))
    seconds = np.array([[time_once(run) for run in contestants] for _ in range(options.rounds)])
    decode, fromfile = median(seconds[:, 0]), median(seconds[:, 1])
    ratio = decode / fromfile
    print(f"read_idx      {1000 * decode:7.2f} ms  {read_idx(path).shape}")
    print(f"np.fromfile   {1000 * fromfile:7.2f} ms")
    print(f"ratio         {ratio:7.3f}     (limit {options.limit})")
    return int(ratio > options.limit)


if __name__ == "__main__":
    sys.exit(main())

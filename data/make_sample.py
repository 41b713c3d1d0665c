"""Make data/sample: the first 750 training and the first 250 test images of MNIST.

The sizes are those of the document the course grew from. Run from the repository's root:

    python -m helpers.data mnist && python data/make_sample.py [FOLDER]

The same images give the same bytes, as far as zlib is the same.
"""

import sys
from pathlib import Path

from helpers.data import SPLITS, load_mnist
from helpers.idx import write_idx

SIZES = {"train": 750, "test": 250}
SAMPLE = Path(__file__).resolve().parent / "sample"


def main(folder: Path = SAMPLE) -> None:
    folder.mkdir(exist_ok=True)
    for split, size in SIZES.items():
        images, labels = load_mnist(split)
        write_idx(folder / f"{SPLITS[split].images}.gz", images[:size], compress=True)
        write_idx(folder / f"{SPLITS[split].labels}.gz", labels[:size], compress=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))

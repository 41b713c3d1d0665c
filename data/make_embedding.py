"""Make data/embedding: MNIST's 60,000 training images as points of a plane, by t-SNE.

Deskewed images, their first 50 principal components, openTSNE with its defaults. It takes about
5 CPU minutes. Run from the repository's root:

    python -m helpers.data mnist && python data/make_embedding.py [FOLDER]

The same versions on the same machine give the same bytes; other machines round differently, and
t-SNE makes that visible, so there the points lie elsewhere while the clusters stay.
"""

import os
import platform
import sys
import time
from pathlib import Path

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # before numpy is imported

import numpy as np
import openTSNE
import sklearn
from sklearn.decomposition import PCA

from helpers.data import load_mnist
from helpers.preprocessing import deskew

FOLDER = Path(__file__).resolve().parent / "embedding"


def embed(images: np.ndarray) -> np.ndarray:
    rows = deskew(images).reshape(len(images), -1) / 255
    components = PCA(50, random_state=0).fit_transform(rows)
    return np.asarray(openTSNE.TSNE(n_jobs=1, random_state=0).fit(components))


def main(folder: Path = FOLDER) -> None:
    images, labels = load_mnist("train")
    points = embed(images).astype(np.float32)
    folder.mkdir(exist_ok=True)
    # With its labels: the images that a graded run is handed are not all of MNIST.
    np.savez_compressed(folder / "tsne-60000.npz", points=points, labels=labels)
    print(f"openTSNE {openTSNE.__version__}, scikit-learn {sklearn.__version__}, numpy", end=" ")
    print(f"{np.__version__}, Python {platform.python_version()}: {time.process_time():.0f} CPU s")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))

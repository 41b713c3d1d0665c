"""Read digits that went through paper: MNIST's test images as PNG files in every colour mode.

    python -m benchmarks.figures.handwriting [--images 500]

Each image is printed on a sheet of 32 x 32 pixels, saved as PNG, read back by
`helpers.handwriting`, and classified twice: as 8 x 8 by an SVC that learnt from load_digits, and
as 28 x 28 by an SVC on gradients of 3,000 MNIST training images. The first line shows what the
28 x 28 one reads without the detour. Exit status 1 if any mode is below 0.69 or 0.90.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.svm import SVC

from helpers.data import load_mnist
from helpers.handwriting import read_ink, to_8x8, to_28x28
from helpers.preprocessing import deskew, hog

LIMITS = (0.69, 0.90)
Sheet = Callable[[np.ndarray], Image.Image]


def grey(ink: np.ndarray, paper: float = 255, pen: float = 0) -> Image.Image:
    """Return a sheet in grey; `ink` is 0 to 1."""
    return Image.fromarray(np.round(paper + (pen - paper) * ink).astype(np.uint8))


def transparent(ink: np.ndarray, pen: int) -> Image.Image:
    """Return a sheet that is nothing but ink."""
    opacity = grey(ink, 0, 255)
    return Image.merge("LA", [Image.new("L", opacity.size, pen), opacity])


def photograph(ink: np.ndarray) -> Image.Image:
    """Return a grey sheet under a lamp at its left, with grain."""
    light = np.linspace(1.1, 0.6, ink.shape[1])
    grain = np.random.default_rng(int(1000 * ink.sum())).normal(0, 3, ink.shape)
    levels = (215 - 160 * ink) * light + grain
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8)).convert("RGB")


SHEETS: dict[str, Sheet] = {
    "grey": grey,
    "grey, light on dark": lambda ink: grey(ink, 15, 240),
    "RGB, blue on cream": lambda ink: Image.merge(
        "RGB", [grey(ink, 250, 20), grey(ink, 243, 40), grey(ink, 222, 150)]
    ),
    "RGB, a photograph": photograph,
    "RGBA, on paper": lambda ink: grey(ink).convert("RGBA"),
    "RGBA, black on nothing": lambda ink: transparent(ink, 0).convert("RGBA"),
    "RGBA, white on nothing": lambda ink: transparent(ink, 255).convert("RGBA"),
    "grey and alpha": lambda ink: transparent(ink, 30),
    "palette of 16": lambda ink: grey(ink).convert("RGB").quantize(16),
    "16 bit": lambda ink: Image.fromarray(np.round(60_000 * (1 - ink)).astype(np.uint16)),
    "black and white": lambda ink: Image.fromarray(ink < 0.5),
}


def as_png(image: np.ndarray, sheet: Sheet) -> bytes:
    """Return an MNIST image as a PNG file's bytes, on a sheet of 32 x 32 pixels."""
    large = Image.fromarray(image).resize((32, 32), Image.Resampling.BILINEAR)
    file = io.BytesIO()
    sheet(np.asarray(large) / 255).save(file, "PNG")
    return file.getvalue()


def features(images: np.ndarray) -> np.ndarray:
    """Return gradients of straightened images, shape (n, 2304)."""
    return hog(deskew(images), bins=16, signed=True)


def main() -> int:
    """Print a line for each colour mode; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", type=int, default=500, help="test images (default: 500)")
    count = parser.parse_args().images
    train_images, train_labels = load_mnist("train")
    images, labels = load_mnist("test")
    picked = np.random.default_rng(0).choice(len(images), count, replace=False)
    images, labels = images[picked], labels[picked]
    small = SVC().fit(*load_digits(return_X_y=True))
    large = SVC(C=5).fit(features(train_images[:3000]), train_labels[:3000])
    print(f"{count} test images            8 x 8    28 x 28")
    print(f"{'not on paper':24}          {np.mean(large.predict(features(images)) == labels):7.3f}")
    enough = True
    for name, sheet in SHEETS.items():
        inks = [read_ink(as_png(image, sheet)) for image in images]
        coarse = np.mean(small.predict([to_8x8(ink).ravel() for ink in inks]) == labels)
        fine = large.predict(features(np.array([to_28x28(ink) for ink in inks])))
        fine = np.mean(fine == labels)
        print(f"{name:24} {coarse:8.3f} {fine:8.3f}", flush=True)
        enough &= coarse >= LIMITS[0] and fine >= LIMITS[1]
    return int(not enough)


if __name__ == "__main__":
    sys.exit(main())

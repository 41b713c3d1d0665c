"""Draw data/handwriting: ten digits as PNG files, each of another kind.

    python data/handwriting/make_drawings.py          write the files
    python data/handwriting/make_drawings.py --check  fail if a file's pixels are others

No person's handwriting: each digit is a few smooth strokes through points that stand below.
What differs is what differs between people's files: size, colour mode, transparency, dark ink
on light paper or light on dark, a thin pen, a lamp at one side, grain.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy.interpolate import make_interp_spline

HERE = Path(__file__).resolve().parent
FINE = 4  # strokes are drawn this many times larger and then averaged, which smooths their edges

# Strokes of each digit through points (x, y) in a unit square, y down. A stroke of two or three
# points is drawn with corners, a longer one as a smooth curve.
STROKES = {
    0: [
        [
            *((0.55, 0.06), (0.3, 0.14), (0.16, 0.45), (0.24, 0.84), (0.5, 0.95)),
            *((0.76, 0.8), (0.84, 0.45), (0.72, 0.15), (0.5, 0.07)),
        ]
    ],
    1: [[(0.36, 0.24), (0.56, 0.05), (0.5, 0.95)]],
    2: [
        [(0.2, 0.26), (0.34, 0.09), (0.64, 0.07), (0.77, 0.27), (0.58, 0.56), (0.2, 0.92)],
        [(0.2, 0.92), (0.86, 0.9)],
    ],
    3: [
        [(0.2, 0.16), (0.48, 0.05), (0.74, 0.19), (0.66, 0.39), (0.42, 0.46)],
        [(0.42, 0.46), (0.7, 0.52), (0.82, 0.72), (0.6, 0.93), (0.18, 0.87)],
    ],
    4: [[(0.56, 0.05), (0.14, 0.6), (0.88, 0.57)], [(0.66, 0.33), (0.6, 0.97)]],
    5: [
        [(0.8, 0.07), (0.3, 0.09), (0.26, 0.45)],
        [(0.26, 0.45), (0.54, 0.38), (0.8, 0.6), (0.66, 0.88), (0.2, 0.9)],
    ],
    6: [
        [
            *((0.7, 0.05), (0.4, 0.25), (0.21, 0.64), (0.35, 0.93), (0.64, 0.92)),
            *((0.75, 0.7), (0.55, 0.53), (0.25, 0.67)),
        ]
    ],
    7: [[(0.15, 0.1), (0.86, 0.09), (0.42, 0.96)]],
    8: [
        [
            *((0.76, 0.2), (0.5, 0.05), (0.28, 0.2), (0.44, 0.44), (0.75, 0.7)),
            *((0.54, 0.95), (0.25, 0.78), (0.4, 0.53), (0.68, 0.34), (0.76, 0.2)),
        ]
    ],
    9: [
        [(0.75, 0.25), (0.5, 0.07), (0.25, 0.25), (0.36, 0.48), (0.6, 0.44), (0.77, 0.18)],
        [(0.77, 0.18), (0.7, 0.6), (0.56, 0.97)],
    ],
}


def strokes(digit: int, size: tuple[int, int], box: tuple[int, int, int, int], pen: int):
    """Return ink from 0 to 1, shape (height, width); `box` is left, top, right, bottom."""
    page = Image.new("L", (FINE * size[0], FINE * size[1]))
    draw, radius = ImageDraw.Draw(page), FINE * pen / 2
    left, top, right, bottom = (FINE * side for side in box)
    for points in STROKES[digit]:
        places = along(np.array(points)) * (right - left, bottom - top) + (left, top)
        # processors differ in the last digits, which can decide whether a pixel is inside
        for x, y in places.round(3):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(page.resize(size, Image.Resampling.BOX)) / 255


def along(points: np.ndarray) -> np.ndarray:
    """Return 400 points along a stroke."""
    time = np.linspace(0, 1, len(points))
    curve = make_interp_spline(time, points, k=3 if len(points) > 3 else 1)
    return curve(np.linspace(0, 1, 400))


def mixed(ink: np.ndarray, paper: object, pen: object) -> np.ndarray:
    """Return colours from the paper's to the pen's, uint8."""
    paper, pen = np.atleast_1d(paper), np.atleast_1d(pen)
    colours = ink[:, :, None] * pen + (1 - ink[:, :, None]) * paper
    return np.round(colours).clip(0, 255).astype(np.uint8).squeeze()


def grey(ink: np.ndarray) -> Image.Image:
    return Image.fromarray(mixed(ink, 255, 0))


def black_white(ink: np.ndarray) -> Image.Image:
    return Image.fromarray(ink < 0.5)


def blue_on_cream(ink: np.ndarray) -> Image.Image:
    return Image.fromarray(mixed(ink, (250, 243, 222), (25, 45, 150)))


def transparent(ink: np.ndarray) -> Image.Image:
    black = np.zeros((*ink.shape, 4), np.uint8)
    black[:, :, 3] = np.round(255 * ink)
    return Image.fromarray(black)


def blackboard(ink: np.ndarray) -> Image.Image:
    colours = Image.fromarray(mixed(ink, (32, 72, 56), (240, 240, 230)))
    return colours.quantize(16, dither=Image.Dither.NONE)


def grey16(ink: np.ndarray) -> Image.Image:
    return Image.fromarray(np.round(60_000 - 48_000 * ink).astype(np.uint16))


def chalk_on_nothing(ink: np.ndarray) -> Image.Image:
    opacity = Image.fromarray(np.round(255 * ink).astype(np.uint8))
    return Image.merge("LA", [Image.new("L", opacity.size, 255), opacity])


def photograph(ink: np.ndarray) -> Image.Image:
    colours = mixed(ink, (205, 200, 190), (60, 58, 70)).astype(float)
    light = np.linspace(0.6, 1.15, ink.shape[1])[None, :, None]
    grain = np.random.default_rng(7).normal(0, 4, (*ink.shape, 1))
    return Image.fromarray((colours * light + grain).clip(0, 255).astype(np.uint8))


def light_on_dark(ink: np.ndarray) -> Image.Image:
    return Image.fromarray(mixed(ink, 20, 235))


Paint = Callable[[np.ndarray], Image.Image]
#: File, digit, size (width, height), box of the strokes, width of the pen, colours.
DRAWINGS: list[tuple[str, int, tuple[int, int], tuple[int, int, int, int], int, Paint]] = [
    ("0_grey", 0, (64, 64), (16, 12, 48, 52), 5, grey),
    ("1_black_white", 1, (50, 80), (12, 14, 40, 66), 6, black_white),
    ("2_rgb", 2, (120, 100), (40, 20, 84, 80), 7, blue_on_cream),
    ("3_rgba", 3, (90, 90), (20, 10, 66, 80), 8, transparent),
    ("4_palette", 4, (100, 100), (24, 22, 72, 80), 7, blackboard),
    ("5_grey16", 5, (72, 96), (14, 18, 58, 78), 7, grey16),
    ("6_grey_alpha", 6, (80, 80), (22, 10, 60, 70), 7, chalk_on_nothing),
    ("7_photo", 7, (110, 110), (30, 22, 78, 90), 7, photograph),
    ("8_light_on_dark", 8, (32, 32), (7, 3, 25, 28), 3, light_on_dark),
    ("9_thin_pen", 9, (400, 300), (240, 60, 330, 210), 4, black_white),
]


def pixels(data: bytes) -> tuple[str, bytes]:
    """Return what a file shows, whatever the version of zlib that wrote it."""
    with Image.open(io.BytesIO(data)) as image:
        return image.mode, image.tobytes()


def main() -> int:
    """Write or check the files; return the exit status."""
    wrong = []
    for name, digit, size, box, pen, paint in DRAWINGS:
        file = io.BytesIO()
        paint(strokes(digit, size, box, pen)).save(file, "PNG", optimize=True)
        path = HERE / f"{name}.png"
        if "--check" not in sys.argv[1:]:
            path.write_bytes(file.getvalue())
        elif not path.exists() or pixels(path.read_bytes()) != pixels(file.getvalue()):
            wrong.append(path.name)
    print("\n".join(f"differs: {name}" for name in wrong), end="\n" if wrong else "")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())

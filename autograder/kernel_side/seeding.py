"""Seed what a student's code draws from, where it did not choose a seed by itself."""

from __future__ import annotations

import random
import sys

import numpy as np


def seed_everything(seed: int) -> None:
    """Seed this process: Python's generator, numpy's old one, TensorFlow's if it is imported.

    Keras takes its own seeds from Python's. ``default_rng()`` without a seed asks the operating
    system, and no seed reaches it.
    """
    random.seed(seed)
    np.random.seed(seed)
    if tensorflow := sys.modules.get("tensorflow"):
        tensorflow.random.set_seed(seed)

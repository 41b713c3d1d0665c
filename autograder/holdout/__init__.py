"""Held-out images: drawn, perturbed, stored, checked and read."""

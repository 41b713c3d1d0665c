"""Tests, a folder for each package; ``support`` holds what they share, ``project`` the rest."""

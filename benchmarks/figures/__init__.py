"""Figures that notebooks and documents quote."""

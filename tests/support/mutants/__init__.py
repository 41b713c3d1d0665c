"""Mutants of right answers: small changes that make them wrong, and what they get."""

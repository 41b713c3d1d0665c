"""What a graded cell imports: the course's public way to be scored on held-out images."""

from autograder.scoring.predictions import score_predictions

__all__ = ["score_predictions"]

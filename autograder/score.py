"""What a graded cell imports, the course's public way to be scored on held-out images.

And what a course's own metric imports: `autograder.scoring.own_metric` reads it.
"""

from autograder.errors import PredictionError
from autograder.scoring.metric_scores import Pairs
from autograder.scoring.metrics import Metric
from autograder.scoring.predictions import score_predictions
from autograder.scoring.validation import (
    check_clusters,
    check_indicators,
    check_numbers,
    check_predictions,
)

__all__ = [
    "Metric",
    "Pairs",
    "PredictionError",
    "check_clusters",
    "check_indicators",
    "check_numbers",
    "check_predictions",
    "score_predictions",
]

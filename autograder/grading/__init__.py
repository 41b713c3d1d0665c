"""From a class's submissions to its grades. Read `autograder.grading.pipeline` first."""

"""Run a submission: a pool of workers, and in each the student's and the checker's kernels."""

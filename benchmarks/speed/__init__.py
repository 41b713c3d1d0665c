"""What grading, kernels and decoding cost."""

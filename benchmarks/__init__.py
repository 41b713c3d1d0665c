"""Measurements that anyone can repeat, each as ``python -m benchmarks.<folder>.<name>``.

They may import `tests.support`; tests import nothing from here.
"""

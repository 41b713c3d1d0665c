"""Collect a class from what learning platforms export: into one folder for each student."""

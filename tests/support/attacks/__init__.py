"""Submissions that want points without the work, and a class that is made of them."""

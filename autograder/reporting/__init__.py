"""Lay a class out for a person: pages, tables and charts."""

"""Evidence, for a person, of work that may not be a student's own.

One module a check. Each has a `NAME`, and a function `find_flags` from what the class handed in to
flags, which runs nothing of a submission; `autograder.integrity.run.CHECKS` lists them. A flag
moves no grade: it says what was seen, and a person decides what it means.

What the checks look at, and what they flag, is in docs/explanation/integrity.md.
"""

"""How far grading goes: many jobs, many submissions, many grades, and machines that fail."""

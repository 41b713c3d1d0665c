"""Right and wrong answers to each exercise of the course, and what they get."""

"""All that talks to nbgrader's database."""

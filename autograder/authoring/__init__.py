"""Make student versions and executed solutions from an author's scripts, and the demo class."""

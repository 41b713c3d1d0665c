"""Grade a class of notebooks that nobody has to trust."""

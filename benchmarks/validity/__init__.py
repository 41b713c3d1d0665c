"""Whether grades, ranks and flags mean what they say."""

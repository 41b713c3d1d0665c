"""What happened, on record: an append-only log in which each line hashes the one before."""

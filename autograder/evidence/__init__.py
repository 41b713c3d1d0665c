"""An append-only, hash-chained log of what was run and what came of it."""

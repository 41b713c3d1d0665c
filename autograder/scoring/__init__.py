"""From a submission's answers to score, tier, grade and rank."""

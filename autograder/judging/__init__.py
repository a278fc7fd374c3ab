"""From answers to verdicts: pure functions on arrays."""

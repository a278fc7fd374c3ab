"""From a forward pass to an assignment, and the proof that an exercise can be graded."""

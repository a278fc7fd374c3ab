"""The private half of each exercise: its gradients and the mistakes that are its own. One folder each."""

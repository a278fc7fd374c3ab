"""The private half of "Neural network derivation"."""

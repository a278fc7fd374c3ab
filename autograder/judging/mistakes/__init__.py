"""Known mistakes: what they are, which every exercise has, and what is said of them."""

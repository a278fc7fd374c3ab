"""nbgrader: the only folder that imports it."""

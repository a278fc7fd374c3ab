PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check architecture release clean

demo: .venv/ready  ## from the source to the grades of the sample class
	$(BIN)/python tests/demo.py

test: .venv/ready  ## all tests
	$(BIN)/python -m pytest

check: .venv/ready  ## style, types, and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python docs/architecture.py --check

architecture: .venv/ready  ## the picture in CONTRIBUTING.md, from the imports
	$(BIN)/python docs/architecture.py

release: .venv/ready  ## make release/ from source/, with nbgrader
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m nbgrader generate_assignment --force neural_network_derivation

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@

clean:
	rm -rf .venv build dist gradebook.db

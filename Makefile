PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-hub test-nbgrader check architecture lab hints release hooks clean

demo: .venv/ready  ## from the source to the grades of the sample class
	$(BIN)/python tests/demo.py

test: .venv/ready  ## all tests but those of the next two
	$(BIN)/python -m pytest

test-hub: .venv/ready  ## a course on a real JupyterHub, from the release to the feedback
	$(BIN)/python -m pytest -n 0 tests/test_jupyterhub.py

test-nbgrader: .venv/ready  ## nbgrader's own tests, with our lines in every course
	$(BIN)/python tests/nbgrader_suite/run.py

check: .venv/ready  ## style, types, the direction of imports, and that what is generated is fresh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python docs/architecture.py --check
	$(BIN)/python tests/copies.py --check
	$(BIN)/autograder hints --check

architecture: .venv/ready  ## the picture in CONTRIBUTING.md, from the imports
	$(BIN)/python docs/architecture.py

lab: .venv/ready  ## the copies of the lab in all exercises but the first
	$(BIN)/python tests/copies.py

hints: .venv/ready lab  ## the sealed hints of all exercises
	$(BIN)/autograder hints

release: .venv/ready lab hints  ## make release/ from source/, with nbgrader
	for folder in source/*/; do \
	    PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m nbgrader generate_assignment --force \
	        "$$(basename "$$folder")" || exit 1; \
	done

hooks: .venv/ready  ## run the checks before each commit
	$(BIN)/python -m pip install --quiet pre-commit
	$(BIN)/pre-commit install

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@

clean:
	rm -rf .venv build dist gradebook.db

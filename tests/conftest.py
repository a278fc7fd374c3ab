"""What the tests share: a notebook's namespace, and points."""

import matplotlib as mpl
import numpy as np
import pytest
from answers import PLAIN

import backprop_lab

mpl.use("Agg")


@pytest.fixture
def notebook(monkeypatch, tmp_path):
    """Run sources one after another as a notebook does; the last call returns the namespace."""
    monkeypatch.chdir(tmp_path)
    names = {"np": np, **{name: getattr(backprop_lab, name) for name in backprop_lab.__all__}}
    values = backprop_lab.forward(*backprop_lab.example())
    names.update({name: values[name] for name in "xyubwcghz"})

    def run(*sources):
        for source in sources:
            exec(compile(source, "<cell>", "exec"), names)
        return names

    run(*PLAIN.values())
    return run

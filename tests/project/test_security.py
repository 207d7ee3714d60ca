"""What SECURITY.md promises of the source, read in the source."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import skmath

FILES = sorted(Path(skmath.__file__).parent.rglob("*.py"))

FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "system", "popen"}

FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "subprocess", "socket", "urllib"}
FORBIDDEN_MODULES |= {"http", "requests", "ctypes", "ftplib", "dill", "cloudpickle"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_nothing_is_evaluated_unpickled_or_downloaded(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "id", getattr(node.func, "attr", None))
            assert called not in FORBIDDEN_CALLS, f"{path.name}:{node.lineno}"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [getattr(node, "module", None) or "", *(a.name for a in node.names)]
            tops = {name.partition(".")[0] for name in names}
            assert not tops & FORBIDDEN_MODULES, f"{path.name}:{node.lineno}"


def test_only_the_data_sets_ask_scikit_learn_to_fetch():
    fetching = [p for p in FILES if "fetch_" in p.read_text(encoding="utf-8")]
    assert {p.parent.name for p in fetching if p.name != "__main__.py"} == {"datasets"}


def test_no_connection_is_opened_by_fitting():
    program = """
import socket

def refuse(*args, **kwargs):
    raise AssertionError("a connection was asked for")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
import numpy as np, skmath
X = np.random.default_rng(0).normal(size=(40, 3))
for name in skmath.__all__:
    made = getattr(skmath, name)
    if isinstance(made, type):
        made().fit(X, np.arange(40) % 2).predict(X)
"""
    run = [sys.executable, "-W", "ignore", "-c", program]
    assert subprocess.run(run, check=False).returncode == 0

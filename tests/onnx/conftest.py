"""What all tests of exported models need."""

import pytest

import skmath.onnx


@pytest.fixture(autouse=True, scope="session")
def registered():
    skmath.onnx.register()

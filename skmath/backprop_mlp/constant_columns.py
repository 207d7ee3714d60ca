"""Networks without the inputs that do not vary.

A column that has one value in all rows teaches nothing: the weights of it are zero. An
image has many such columns, its corners, and a product without them takes less time. So
the network that is trained has none of them, and what `BackpropMLP` shows has zeros.
"""

import numpy as np

from skmath.calculus import Network

__all__ = ["with_constant_columns", "without_constant_columns"]


def without_constant_columns(network, constant):
    """Return a network whose first W has no rows for some of its inputs.

    Parameters
    ----------
    network : Network
        Itself, if there are none.
    constant : ndarray of int
        Indices of these inputs, in order.

    Returns
    -------
    Network
    """
    if not len(constant):
        return network
    return with_first_matrix(network, np.delete(network.dense[0].W, constant, axis=-2))


def with_constant_columns(network, constant):
    """Return the network with rows of zeros for those inputs in its first W."""
    if not len(constant):
        return network
    # Each index is less by as many as there are before it.
    places = constant - np.arange(len(constant))
    return with_first_matrix(network, np.insert(network.dense[0].W, places, 0, axis=-2))


def with_first_matrix(network, W):
    """Return a network with another first W, of as many columns."""
    start = sum(kind.n_weights for kind in network.before)
    before, after = np.split(network.theta, [start])
    theta = np.concatenate([before, W.ravel(), after[network.dense[0].W.size :]])
    shape = [W.shape[-2], *network.sizes[1:]], network.activations, theta
    return Network(*shape, network.n_members, network.before, network.after)

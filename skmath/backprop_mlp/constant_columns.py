"""Networks without constant inputs.

Nothing can be learnt from a constant column, so its weights are zero. Images have many
such columns in their corners, and products without them are faster. Therefore the
network is trained without them, and `BackpropMLP` inserts zeros in its attributes.
"""

import numpy as np

from skmath.calculus import Network

__all__ = ["with_constant_columns", "without_constant_columns"]


def without_constant_columns(network, constant):
    """Return a network without the rows of constant inputs in its first W.

    Parameters
    ----------
    network : Network
        The network; it is returned itself if there are no constant inputs.
    constant : ndarray of int
        Sorted indices of the constant inputs.

    Returns
    -------
    Network
    """
    if not len(constant):
        return network
    return with_first_matrix(network, np.delete(network.dense[0].W, constant, axis=-2))


def with_constant_columns(network, constant):
    """Return the network with rows of zeros for constant inputs in its first W."""
    if not len(constant):
        return network
    # np.insert counts positions before the insertions.
    places = constant - np.arange(len(constant))
    return with_first_matrix(network, np.insert(network.dense[0].W, places, 0, axis=-2))


def with_first_matrix(network, W):
    """Return a network with another first W with the same number of columns."""
    start = sum(kind.n_weights for kind in network.before)
    before, after = np.split(network.theta, [start])
    theta = np.concatenate([before, W.ravel(), after[network.dense[0].W.size :]])
    shape = [W.shape[-2], *network.sizes[1:]], network.activations, theta
    return Network(*shape, network.n_members, network.before, network.after)

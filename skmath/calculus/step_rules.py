"""Step rules for noisy gradients, of batches of rows: what is added to the parameters.

References
----------
.. [1] D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
   algorithm 1.
"""

from skmath import _arrays

__all__ = ["SGD", "Adam"]


class SGD:
    """Steps against noisy gradients, with momentum.

    velocity <- momentum velocity - learning_rate gradient; the step is the velocity.

    Parameters
    ----------
    learning_rate : float, default=0.1
    momentum : float, default=0.9
        0 is plain gradient descent.
    """

    def __init__(self, learning_rate=0.1, momentum=0.9):
        self.learning_rate, self.momentum = learning_rate, momentum
        self.velocity = 0.0

    def step(self, gradient):
        """Return what to add to the parameters, given the gradient there."""
        self.velocity = self.momentum * self.velocity - self.learning_rate * gradient
        return self.velocity


class Adam:
    """Steps of about the learning rate in each coordinate (Kingma and Ba 2015).

    Parameters
    ----------
    learning_rate : float, default=1e-3
    beta1, beta2 : float, default=0.9, 0.999
        Decay of the averages of the gradient and of its square.
    epsilon : float, default=1e-8

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import Adam
    >>> Adam(learning_rate=0.1).step(np.array([5.0, -1e-3])).round(3)
    array([-0.1,  0.1])
    """

    def __init__(self, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8):
        self.learning_rate, self.epsilon = learning_rate, epsilon
        self.beta1, self.beta2 = beta1, beta2
        self.t, self.m, self.v = 0, 0.0, 0.0

    def step(self, gradient):
        """Return what to add to the parameters, given the gradient there."""
        self.t += 1
        self.m += (1 - self.beta1) * (gradient - self.m)
        self.v += (1 - self.beta2) * (gradient * gradient - self.v)
        # The averages start at zero: divide by the weight they have gathered.
        length = _arrays.namespace(gradient).sqrt(self.v)
        length *= (1 - self.beta2**self.t) ** -0.5
        length += self.epsilon
        return (-self.learning_rate / (1 - self.beta1**self.t)) * self.m / length

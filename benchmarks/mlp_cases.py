"""The cases of BackpropMLP, against scikit-learn's networks and a loop of PyTorch.

Ours standardises inside; the peers are given the same columns as they are, or with a
StandardScaler where the accuracy would otherwise not be comparable. Each run draws
other first weights, so that accuracies are medians over several networks.
"""

import numpy as np
from case import Case, fit, score_on_test
from mnist import load_mnist
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import Bunch, check_random_state

import skmath

EPOCHS = 20

TWENTY_EPOCHS = {
    "batch_size": 200,
    "max_iter": EPOCHS,
    "n_iter_no_change": EPOCHS,
}

ACCURACY = 0.93
"""Which `time_to_accuracy` waits for."""


# Data


def mnist(dtype):
    """Return a loader of 400 images of each digit to fit, and 1,000 to test on."""

    def load(quick):
        X, y = load_mnist()
        test = np.arange(len(X)) % 5 == 0
        step = 10 if quick else 1
        return Bunch(
            X=X[~test][::step].astype(dtype),
            y=y[~test][::step],
            X_test=X[test].astype(dtype),
            y_test=y[test],
            random_state=check_random_state(0),
        )

    return load


def many_images(quick):
    """60,000 rows to predict: MNIST's, twelve times."""
    data = mnist(float)(quick)
    X, y = load_mnist()
    copies = 2 if quick else 12
    return Bunch(
        X=np.tile(X, (copies, 1)),
        y=np.tile(y, copies),
        train=(data.X, data.y),
        random_state=check_random_state(0),
    )


def table(load):
    """Return a loader of 80% of a table to fit and the rest to test on."""

    def load_parts(quick):
        X, y = load(return_X_y=True)
        X, X_test, y, y_test = train_test_split(
            X, y, test_size=0.2, stratify=y, random_state=0
        )
        state = check_random_state(0)
        return Bunch(X=X, y=y, X_test=X_test, y_test=y_test, random_state=state)

    return load_parts


# Contenders


def ours(**options):
    """Return the one network that MLPClassifier has, unless options differ."""
    options = {"preset": "fast", **options}
    return lambda data: skmath.BackpropMLP(random_state=data.random_state, **options)


def sklearns(**options):
    def make(data):
        from sklearn.neural_network import MLPClassifier

        return MLPClassifier(random_state=data.random_state, **options)

    return make


def scaled_sklearns(**options):
    def make(data):
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        return make_pipeline(StandardScaler(), sklearns(**options)(data))

    return make


def torchs(data):
    import torch

    torch.manual_seed(data.random_state.randint(2**31 - 1))
    return TorchNetwork(torch)


class TorchNetwork:
    """The same network in an ordinary training loop of PyTorch."""

    def __init__(self, torch):
        self.torch = torch

    def fit(self, X, y):
        """Train on standardised columns."""
        torch = self.torch
        self.mean, self.scale = X.mean(axis=0), X.std(axis=0)
        self.scale[self.scale == 0] = 1
        inputs, labels = self._inputs(X), torch.tensor(y)
        self.network = torch.nn.Sequential(
            torch.nn.Linear(X.shape[1], 100),
            torch.nn.ReLU(),
            torch.nn.Linear(100, 10),
        )
        optimizer = torch.optim.Adam(self.network.parameters(), lr=1e-3)
        loss = torch.nn.CrossEntropyLoss()
        for _ in range(EPOCHS):
            for batch in torch.randperm(len(inputs)).split(200):
                optimizer.zero_grad()
                loss(self.network(inputs[batch]), labels[batch]).backward()
                optimizer.step()
        return self

    def score(self, X, y):
        """Return the accuracy."""
        with self.torch.no_grad():
            predicted = self.network(self._inputs(X)).argmax(axis=1).numpy()
        return float(np.mean(predicted == y))

    def _inputs(self, X):
        return self.torch.tensor((X - self.mean) / self.scale, dtype=self.torch.float32)


class Watch:
    """A callback that ends a fit at an accuracy."""

    def __init__(self, data):
        self.data = data

    def setup(self, estimator, context):
        """Do nothing."""

    def teardown(self, estimator, context):
        """Do nothing."""

    def on_fit_task_begin(self, estimator, context):
        """Do nothing."""

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        """Return whether the epoch's network is accurate enough."""
        if context.task_name != "step":
            return False
        return fitted_estimator.score(self.data.X_test, self.data.y_test) >= ACCURACY


def until_accurate(model, data):
    """Train until the accuracy on the test images is reached, looking each epoch."""
    if isinstance(model, skmath.BackpropMLP):
        return model.set_callbacks(Watch(data)).fit(data.X, data.y)
    classes = np.unique(data.y)
    scaler, network = model[0].fit(data.X), model[1]
    X, X_test = scaler.transform(data.X), scaler.transform(data.X_test)
    for _ in range(network.max_iter):
        network.partial_fit(X, data.y, classes=classes)
        if network.score(X_test, data.y_test) >= ACCURACY:
            break
    return model


def fitted(make):
    """Return a maker of models that are fitted already."""
    return lambda data: make(data).fit(*data.train)


def share_of_right(predicted, data):
    return float(np.mean(predicted == data.y))


# From other first weights the accuracy on the 1,000 images differs with a standard
# deviation of 0.002 to 0.005: two of them.
NOISE = 0.01


SKLEARNS = ("MLPClassifier", "with StandardScaler")


def on_mnist(name, dtype, layers=(100,), peers=SKLEARNS):
    options = {"hidden_layer_sizes": layers, **TWENTY_EPOCHS}
    makers = {
        "MLPClassifier": sklearns(**options),
        "with StandardScaler": scaled_sklearns(**options),
        "PyTorch": torchs,
    }
    return Case(
        name=f"BackpropMLP.{name}",
        estimator="BackpropMLP",
        dataset=f"MNIST, {np.dtype(dtype).name}, {', '.join(map(str, layers))} units",
        data=mnist(dtype),
        ours=ours(**options),
        peers={peer: makers[peer] for peer in peers},
        action=fit,
        accuracy=score_on_test,
        metric="accuracy",
        atol=NOISE,
        # The task is twenty epochs, not convergence.
        ignored_warnings=(ConvergenceWarning,),
    )


def at_the_defaults(name, load, atol):
    return Case(
        name=f"BackpropMLP.{name}",
        estimator="BackpropMLP",
        dataset=f"80% of {name}, defaults",
        data=table(load),
        ours=ours(),
        peers={"MLPClassifier": sklearns(), "with StandardScaler": scaled_sklearns()},
        action=fit,
        accuracy=score_on_test,
        metric="accuracy",
        # One of the rows to test on.
        atol=atol,
        ignored_warnings=(ConvergenceWarning,),
    )


MLP_CASES = [
    on_mnist("mnist", np.float64, peers=(*SKLEARNS, "PyTorch")),
    on_mnist("mnist_float32", np.float32),
    on_mnist("mnist_deep", np.float64, (256, 128)),
    Case(
        name="BackpropMLP.until_93",
        estimator="BackpropMLP",
        dataset=f"MNIST, until {ACCURACY} are right",
        data=mnist(np.float64),
        ours=ours(),
        peers={"with StandardScaler": scaled_sklearns()},
        action=until_accurate,
        accuracy=score_on_test,
        metric="accuracy",
        atol=NOISE,
        ignored_warnings=(ConvergenceWarning,),
    ),
    at_the_defaults("digits", load_digits, 0.003),
    at_the_defaults("wine", load_wine, 0.028),
    at_the_defaults("iris", load_iris, 0.034),
    at_the_defaults("breast_cancer", load_breast_cancer, 0.009),
    Case(
        name="BackpropMLP.predict",
        estimator="BackpropMLP",
        dataset="MNIST, 12 times",
        data=many_images,
        ours=fitted(ours(**TWENTY_EPOCHS)),
        peers={"MLPClassifier": fitted(sklearns(**TWENTY_EPOCHS))},
        action=lambda model, data: model.predict(data.X),
        accuracy=share_of_right,
        metric="accuracy",
        atol=NOISE,
        ignored_warnings=(ConvergenceWarning,),
    ),
]

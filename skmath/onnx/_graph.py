"""Nodes of an ONNX graph, written as calls that return what they compute, by name."""

import numpy as np
from onnx import TensorProto

__all__ = ["Graph", "refuse"]


def refuse(model, what, remedy):
    """Raise a NotImplementedError: what has no converter, and what to do instead."""
    raise NotImplementedError(
        f"{type(model).__name__} cannot be converted to ONNX with {what}. {remedy}"
    )


class Graph:
    """What writes nodes and constants into skl2onnx's container.

    Parameters
    ----------
    scope, container : of skl2onnx
        What makes names unique, and what holds the nodes.
    dtype : dtype
        Of the numbers that the estimator computes with in Python.
    """

    def __init__(self, scope, container, dtype):
        self.scope, self.container = scope, container
        self.dtype, self.types = np.dtype(dtype), TensorProto

    def __getattr__(self, operator):
        """Return a function that adds a node of that operator."""
        if operator.startswith("_"):
            raise AttributeError(operator)

        def add(*inputs, **attributes):
            output = self.scope.get_unique_variable_name(operator.lower())
            self.container.add_node(
                operator,
                [self._name(value) for value in inputs],
                output,
                name=self.scope.get_unique_operator_name(operator),
                op_version=self.container.target_opset,
                **attributes,
            )
            return output

        return add

    def lookup(self, X, keys, values, default):
        """Return the number of each string or number, a default where it is no key."""
        keys = np.asarray(keys)
        of_kind = {"keys_strings": [str(key) for key in keys]}
        if keys.dtype.kind == "i":
            of_kind = {"keys_int64s": keys.tolist()}
        output = self.scope.get_unique_variable_name("lookup")
        self.container.add_node(
            "LabelEncoder",
            [X],
            output,
            op_domain="ai.onnx.ml",
            op_version=2,
            name=self.scope.get_unique_operator_name("LabelEncoder"),
            **of_kind,
            values_int64s=[int(value) for value in values],
            default_int64=default,
        )
        return output

    def _name(self, value):
        """Return a node's name as it is, and that of a new constant for numbers."""
        return value if isinstance(value, str) else self.constant(value)

    def constant(self, value):
        """Return the name of a constant: float64, int64 or strings."""
        value = np.asarray(value)
        name = self.scope.get_unique_variable_name("constant")
        if value.dtype.kind in "OUS":
            type_, content = self.types.STRING, [str(v).encode() for v in value.ravel()]
        elif value.dtype.kind in "iub":
            type_, content = self.types.INT64, value.astype(np.int64).ravel()
        else:
            type_, content = self.types.DOUBLE, value.astype(np.float64).ravel()
        self.container.add_initializer(name, type_, value.shape, content)
        return name

    def doubles(self, X):
        """Return X in float64."""
        return self.Cast(X, to=self.types.DOUBLE)

    def integers(self, X):
        """Return X in int64."""
        return self.Cast(X, to=self.types.INT64)

    def column(self, X):
        """Return the only column of X as a vector."""
        return self.Squeeze(X, np.array([1]))

    def total(self, X):
        """Return the sums of the rows, a column."""
        return self.ReduceSum(X, np.array([1]), keepdims=1)

    def largest(self, X):
        """Return the largest number of each row, a column."""
        return self.Neg(self.smallest(self.Neg(X)))

    def smallest(self, X):
        """Return the smallest number of each row, a column."""
        values, _ = self.top(X, 1, largest=0)
        return values

    def top(self, X, k, largest):
        """Return the k largest or smallest numbers of each row, and their indices."""
        names = [self.scope.get_unique_variable_name(n) for n in ("values", "indices")]
        self.container.add_node(
            "TopK",
            [X, self.constant(np.array([k]))],
            names,
            name=self.scope.get_unique_operator_name("TopK"),
            op_version=self.container.target_opset,
            axis=1,
            largest=largest,
            sorted=1,
        )
        return names

    def softmax(self, Z):
        """Return e^z, divided by its sum over the row."""
        powers = self.Exp(self.Sub(Z, self.largest(Z)))
        return self.Div(powers, self.total(powers))

    def logistic(self, Z):
        """Return 1 / (1 + e^-z)."""
        return self.Div(1.0, self.Add(1.0, self.Exp(self.Neg(Z))))

    def indices_of_largest(self, Z):
        """Return the place of the largest number of each row, the first of equals."""
        return self.ArgMax(Z, axis=1, keepdims=0)

    def labels(self, indices, classes):
        """Return the classes of these indices."""
        return self.Gather(classes, indices, axis=0)

    def store(self, value, output):
        """Let an output be a value, in the output's type."""
        type_ = output.type.to_onnx_type().tensor_type.elem_type
        inputs, operator, attributes = [value], "Cast", {"to": type_}
        if type_ == self.types.STRING:
            operator, attributes = "Identity", {}
        self.container.add_node(
            operator,
            inputs,
            output.full_name,
            name=self.scope.get_unique_operator_name(operator),
            op_version=self.container.target_opset,
            **attributes,
        )

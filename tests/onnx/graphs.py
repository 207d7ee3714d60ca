"""What onnxruntime answers."""

import onnxruntime
from skl2onnx import to_onnx


def answers_of(graph, feed):
    """Return a graph's answers, by name."""
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, feed), strict=True))


def run(model, X, options=None):
    """Return what the exported model answers to an array."""
    return answers_of(to_onnx(model, X[:1], options=options), {"X": X})


def run_frame(model, frame, example=None, options=None):
    """Return what the exported model answers to a frame: an input for each column."""
    example = (frame if example is None else example)[:1]
    graph = to_onnx(model, example, options=options)
    return answers_of(graph, {name: frame[[name]].to_numpy() for name in frame})

"""run_openvino.py FILE.onnx DTYPE THREADS: runs OpenVINO on make_onnx.py's output.

Keys and values become state of the OpenVINO model, as in its own exporters.
"""

import sys

import numpy
import openvino
from openvino._offline_transformations import apply_make_stateful_transformation
from serve import serve, stepwise


def load(path, dtype, threads):
    core = openvino.Core()
    model = core.read_model(path)
    pairs = {value.any_name: value.any_name.replace("past", "present")
             for value in model.inputs[1:]}
    apply_make_stateful_transformation(model, pairs)
    options = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1,
               "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": dtype,
               "KV_CACHE_PRECISION": dtype}
    return core.compile_model(model, "CPU", options)


class Model:
    def __init__(self, path, dtype, threads):
        compiled = load(path, dtype, threads)
        self.vocabulary = compiled.outputs[0].get_partial_shape()[2].get_length()
        self.request = compiled.create_infer_request()

    def evaluate(self, tokens):
        out = self.request.infer({"tokens": numpy.array([tokens], numpy.int64)})
        return int(next(iter(out.values()))[0, -1].argmax())

    def prefill(self, tokens):
        self.request.reset_state()
        return self.evaluate(tokens)

    def decode(self, token):
        return self.evaluate([token])


def main():
    model = Model(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    serve(openvino.get_version().split("-")[0], model.vocabulary,
          stepwise(model.prefill, model.decode))


main()

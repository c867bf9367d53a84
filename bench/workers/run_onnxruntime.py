"""run_onnxruntime.py FILE.onnx DTYPE THREADS: runs ONNX Runtime on make_onnx.py's output."""

import sys

import numpy
import onnxruntime
from serve import serve, stepwise


class Model:
    def __init__(self, path, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
        outputs = self.session.get_outputs()
        self.vocabulary = outputs[0].shape[-1]
        self.outputs = [output.name for output in outputs]
        self.past = self.session.get_inputs()[1:]
        self.cache = {}

    def evaluate(self, tokens):
        """Keeps keys and values in ONNX Runtime and copies only logits to numpy."""
        binding = self.session.io_binding()
        binding.bind_cpu_input("tokens", numpy.array([tokens], numpy.int64))
        for name, value in self.cache.items():
            binding.bind_ortvalue_input(name, value)
        for name in self.outputs:
            binding.bind_output(name)
        self.session.run_with_iobinding(binding)
        logits, *present = binding.get_outputs()
        self.cache = dict(zip((entry.name for entry in self.past), present))
        return int(logits.numpy()[0, -1].argmax())

    def prefill(self, tokens):
        empty = [numpy.zeros((1, entry.shape[1], 0, entry.shape[3]), numpy.float32)
                 for entry in self.past]
        self.cache = {entry.name: onnxruntime.OrtValue.ortvalue_from_numpy(value)
                      for entry, value in zip(self.past, empty)}
        return self.evaluate(tokens)

    def decode(self, token):
        return self.evaluate([token])


def main():
    model = Model(sys.argv[1], int(sys.argv[3]))
    serve(onnxruntime.__version__, model.vocabulary, stepwise(model.prefill, model.decode))


main()

"""run_llama.py FILE.gguf DTYPE THREADS: runs llama.cpp through its C interface.

With `first` in place of DTYPE it prints the seconds from loading to the first token of a
prompt of one token, without the start of Python.
"""

import sys
import time

import llama_cpp
import numpy
from serve import serve, stepwise


@llama_cpp.llama_log_callback
def silent(level, text, data):
    pass


class Model:
    def __init__(self, path, threads, context):
        llama_cpp.llama_log_set(silent, None)
        llama_cpp.llama_backend_init()
        options = llama_cpp.llama_model_default_params()
        self.model = llama_cpp.llama_model_load_from_file(path.encode(), options)
        options = llama_cpp.llama_context_default_params()
        options.n_ctx = context
        options.n_batch = options.n_ubatch = 512
        options.n_threads = options.n_threads_batch = threads
        self.context = llama_cpp.llama_init_from_model(self.model, options)
        vocabulary = llama_cpp.llama_model_get_vocab(self.model)
        self.vocabulary = llama_cpp.llama_vocab_n_tokens(vocabulary)

    def evaluate(self, tokens):
        ids = (llama_cpp.llama_token * len(tokens))(*tokens)
        batch = llama_cpp.llama_batch_get_one(ids, len(tokens))
        if llama_cpp.llama_decode(self.context, batch) != 0:
            raise RuntimeError("llama_decode failed")
        logits = llama_cpp.llama_get_logits_ith(self.context, -1)
        return int(numpy.argmax(numpy.ctypeslib.as_array(logits, (self.vocabulary,))))

    def prefill(self, tokens):
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)
        for start in range(0, len(tokens), 512):
            token = self.evaluate(tokens[start:start + 512])
        return token

    def decode(self, token):
        return self.evaluate([token])


def main():
    path, dtype, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if dtype == "first":
        start = time.perf_counter()
        Model(path, threads, context=4096).prefill([1])
        print(time.perf_counter() - start)
        return
    model = Model(path, threads, context=1024)
    serve(llama_cpp.__version__, model.vocabulary, stepwise(model.prefill, model.decode))


main()

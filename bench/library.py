"""A model compiled to a shared library, called through gptc.h."""

import ctypes


class SamplerOptions(ctypes.Structure):
    """Mirrors struct gptc_sampler_options."""

    _fields_ = [("temperature", ctypes.c_double), ("top_k", ctypes.c_int32),
                ("top_p", ctypes.c_double), ("min_p", ctypes.c_double),
                ("repeat_penalty", ctypes.c_double), ("repeat_last_n", ctypes.c_int32),
                ("seed", ctypes.c_uint64)]


class ContextOptions(ctypes.Structure):
    """Mirrors struct gptc_context_options."""

    _fields_ = [("positions", ctypes.c_int32), ("sequences", ctypes.c_int32),
                ("threads", ctypes.c_int32)]


class Batch(ctypes.Structure):
    """Mirrors struct gptc_batch."""

    _fields_ = [("count", ctypes.c_int32), ("tokens", ctypes.POINTER(ctypes.c_int32)),
                ("sequences", ctypes.c_void_p), ("positions", ctypes.c_void_p)]


class Library:
    """Evaluates one sequence. Handles stay open until the process ends."""

    def __init__(self, path, threads=1, positions=0):
        self.functions = ctypes.CDLL(path)
        self.model, self.context = ctypes.c_void_p(), ctypes.c_void_p()
        self.check(self.functions.gptc_model_open(None, ctypes.byref(self.model)))
        options = ContextOptions(positions=positions, sequences=1, threads=threads)
        self.check(self.functions.gptc_context_open(self.model, ctypes.byref(options),
                                                    ctypes.byref(self.context)))
        self.vocabulary = self.functions.gptc_vocabulary(self.model)
        self.logits = (ctypes.c_float * self.vocabulary)()

    def check(self, status):
        if status != 0:
            self.functions.gptc_last_error.restype = ctypes.c_char_p
            raise RuntimeError(self.functions.gptc_last_error().decode())

    def evaluate(self, tokens):
        """Evaluates `tokens` after those before and keeps the logits of the last one."""
        count = len(tokens)
        batch = Batch(count=count, tokens=(ctypes.c_int32 * count)(*tokens))
        row = ctypes.c_int32(count - 1)
        self.check(self.functions.gptc_evaluate(self.context, ctypes.byref(batch),
                                                ctypes.byref(row), 1, self.logits))

    def release(self):
        """Drops all evaluated tokens."""
        self.functions.gptc_release(self.context, 0)

    def sampler(self, **options):
        """Returns a sampler that filters and penalizes no token unless `options` say so."""
        plain = dict(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, repeat_penalty=1.0,
                     repeat_last_n=64, seed=1)
        sampler = ctypes.c_void_p()
        self.check(self.functions.gptc_sampler_open(
            self.model, ctypes.byref(SamplerOptions(**{**plain, **options})),
            ctypes.byref(sampler)))
        return sampler

    def sample(self, sampler):
        """Returns a token chosen by the latest logits."""
        return self.functions.gptc_sample(sampler, self.logits)

    def accept(self, sampler, token):
        self.functions.gptc_accept(sampler, token)

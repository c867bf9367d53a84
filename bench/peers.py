"""Other runtimes on the same weights."""


class Peers:
    """None yet."""

    names = []

    def runners(self, shape, dtype):
        return {}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

# What every test runs under, the unit tests too: limits, so that a runaway
# test fails instead of taking the machine with it, and the sanitizers' options.

import os
import resource

supported, _ = lit_config.maxIndividualTestTimeIsSupported
if supported:
    lit_config.maxIndividualTestTime = 600

resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

# Data shared between checkouts; tests of it need the feature shared-data.
shared = os.environ.get(
    "GPTC_TEST_DATA", os.path.join(config.gptc_source, "..", "shared", "data")
)
config.shared_data = os.path.abspath(shared)
config.environment["GPTC_TEST_DATA"] = config.shared_data
config.environment["GPTC_SOURCE"] = config.gptc_source

config.environment["ASAN_OPTIONS"] = ":".join(
    [
        # LLVM's headers poison the memory that its allocators hold in reserve,
        # its packaged libraries, which have no sanitizer, do not unpoison it.
        "allow_user_poisoning=0",
        # A std::vector grown there and here has stale marks for the same reason.
        "detect_container_overflow=0",
    ]
)
config.environment["UBSAN_OPTIONS"] = "print_stacktrace=1"

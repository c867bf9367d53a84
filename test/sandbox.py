# Settings for every test, unit tests included: limits, so that a runaway test
# fails instead of blocking the machine, and the sanitizers' options.

import os
import resource

supported, _ = lit_config.maxIndividualTestTimeIsSupported
if supported:
    lit_config.maxIndividualTestTime = 600

resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
if not config.sanitizer:  # a sanitizer's shadow uses any address
    resource.setrlimit(resource.RLIMIT_AS, (16 << 30, resource.RLIM_INFINITY))

# Data shared between checkouts; tests that use it need the feature shared-data.
shared = os.environ.get(
    "GPTC_TEST_DATA", os.path.join(config.gptc_source, "..", "shared", "data")
)
config.shared_data = os.path.abspath(shared)
config.environment["GPTC_TEST_DATA"] = config.shared_data
config.environment["GPTC_SOURCE"] = config.gptc_source

# LLVM's headers poison memory that its allocators reserve. Its packaged
# libraries, built without the sanitizer, do not unpoison what they use.
config.environment["ASAN_OPTIONS"] = "allow_user_poisoning=0"
config.environment["UBSAN_OPTIONS"] = "print_stacktrace=1"

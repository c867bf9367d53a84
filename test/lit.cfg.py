import os
import shutil

import lit.formats
from lit.llvm import llvm_config

config.name = "gptc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "corpus"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.gptc_build, "test")
lit_config.load_config(config, os.path.join(config.test_source_root, "sandbox.py"))

tools = os.path.join(config.gptc_build, "bin")
llvm_config.add_tool_substitutions(
    ["gptc", "gptc-compare", "gptc-opt", "gptc-lsp-server"], [tools]
)
llvm_config.add_tool_substitutions(
    ["gptc-fuzz-" + reader for reader in config.fuzzed_readers], [tools]
)
llvm_config.add_tool_substitutions(
    ["llvm-nm", "llvm-objdump", "llvm-readelf", "split-file"], [config.llvm_tools_dir]
)
llvm_config.use_default_substitutions()
config.substitutions += [
    ("%models", os.path.join(config.gptc_source, "models")),
    ("%shared", config.shared_data),
    ("%run-aarch64", "qemu-aarch64-static -L /usr/aarch64-linux-gnu"),
    ("%run-x86-64", "qemu-x86_64-static"),
]

smollm2 = os.path.join(config.gptc_source, "build/smollm2/smollm2.gguf")
config.substitutions.append(("%smollm2", smollm2))
if os.path.isfile(smollm2): # fetched by cmake/smollm2.sh
    config.available_features.add("smollm2")
if os.path.isdir(config.shared_data):
    config.available_features.add("shared-data")
if os.path.isdir(os.path.join(config.gptc_build, "lib/gptc/aarch64-linux-gnu")):
    config.available_features.add("aarch64")
for cpu in ["aarch64", "x86_64"]:
    if shutil.which(f"qemu-{cpu}-static"):
        config.available_features.add(f"qemu-{cpu}")

with open("/proc/cpuinfo") as cpuinfo:
    features = set(cpuinfo.read().split())
if {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"} <= features:
    config.available_features.add("avx512")

// gptc-opt is mlir-opt with one more dialect, its passes and its phases.

// RUN: gptc-opt %s --split-input-file --verify-diagnostics \
// RUN:   --pass-pipeline='builtin.module(canonicalize,gpt-verify-phase{phase=graph})'
// RUN: gptc-opt --show-dialects | FileCheck %s --check-prefix=DIALECTS
// RUN: gptc-opt --help | FileCheck %s --check-prefix=HELP

// DIALECTS: gpt
// DIALECTS: linalg
// DIALECTS: llvm

// HELP: --convert-scf-to-cf
// HELP: --gpt-verify-phase
// HELP: Pass Pipelines:
// HELP: --gptc-buffers {{.*}} one arena with static offsets; nothing is allocated while running
// HELP: --gptc-fused
// HELP:   --dtype=
// HELP:   --march=
// HELP:   --target=
// HELP:   --tile=

module {
}

// -----

// expected-error @below {{custom op 'nonsense' is unknown}}
nonsense

// RUN: not gptc-opt %s --gpt-verify-phase=phase=done 2>&1 | FileCheck %s

// CHECK: no phase is called 'done'
module {
}

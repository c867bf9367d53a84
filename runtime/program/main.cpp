//===- main.cpp - The entry point of a compiled program -------------------===//

#include "runtime/program/Program.h"

int main(int argc, char **argv) {
  return gptc::runProgram(argc, argv, gptc_model);
}

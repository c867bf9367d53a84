//===- main.cpp - Where a compiled program starts -------------------------===//

#include "runtime/program/Program.h"

int main(int argc, char **argv) {
  return gptc::runProgram(argc, argv, gptc_model);
}

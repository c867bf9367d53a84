//===- OperandFormat.cpp - Storage and arithmetic of products -------------===//

#include "dialect/OperandFormat.h"

#include "dialect/Layout.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace gptc::gpt;

static Type f32(MLIRContext *context) { return Float32Type::get(context); }
static Type bf16(MLIRContext *context) { return BFloat16Type::get(context); }

static constexpr OperandFormat formats[] = {
    // arithmetic, weight, group, panel, activations
    {Arithmetic::f32, f32, 1, panelWidth, f32},
    {Arithmetic::bf16, bf16, 2, panelWidth, bf16},
};

bool OperandFormat::rounds(MLIRContext *context) const {
  return !activationType(context).isF32();
}

int64_t OperandFormat::groups(int64_t channels) const {
  return llvm::divideCeil(channels, group);
}

SmallVector<int64_t> OperandFormat::tileShape(int64_t channels,
                                              int64_t outputs) const {
  SmallVector<int64_t> shape = {groups(channels), outputs};
  if (group > 1)
    shape.push_back(group);
  return shape;
}

SmallVector<int64_t> OperandFormat::panelShape(int64_t outputs,
                                               int64_t channels) const {
  SmallVector<int64_t> shape = tileShape(channels, panel);
  shape.insert(shape.begin(), llvm::divideCeil(outputs, panel));
  return shape;
}

const OperandFormat &OperandFormat::of(Arithmetic arithmetic) {
  return *llvm::find_if(formats, [&](const OperandFormat &format) {
    return format.arithmetic == arithmetic;
  });
}

const OperandFormat *OperandFormat::ofWeight(Type elementType) {
  auto *found = llvm::find_if(formats, [&](const OperandFormat &format) {
    return format.elementType(elementType.getContext()) == elementType;
  });
  return found == std::end(formats) ? nullptr : found;
}

//===- WeightLayout.cpp - Offsets in the weights section ------------------===//

#include "dialect/WeightLayout.h"

#include "dialect/Layout.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace gptc::gpt;

static constexpr uint64_t mostBytes =
    llvm::alignDown(uint64_t(INT64_MAX), weightAlignment);

static uint64_t saturate(uint64_t bytes) { return std::min(bytes, mostBytes); }

/// The storage of one layer, a multiple of weightAlignment.
static uint64_t layerBytes(WeightOp weight) {
  RankedTensorType type = weight.getStorageType();
  uint64_t bytes = getLayout(type) ? getStorageBytes(type) : 0;
  return llvm::alignTo(saturate(bytes), weightAlignment);
}

llvm::MapVector<StringAttr, WeightPlacement>
gptc::gpt::placeWeights(ModuleOp module, int64_t &totalBytes) {
  llvm::MapVector<StringAttr, WeightPlacement> placements;
  uint64_t end = 0;
  for (auto weight : module.getOps<WeightOp>()) {
    uint64_t stride = layerBytes(weight);
    placements.insert(
        {weight.getSymNameAttr(), {int64_t(end), int64_t(stride)}});
    uint64_t layers = weight.getLayers().value_or(1);
    end = saturate(llvm::SaturatingMultiplyAdd(stride, layers, end));
  }
  totalBytes = end;
  return placements;
}

uint64_t gptc::gpt::layoutHash(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream out(text);
  for (auto weight : module.getOps<WeightOp>())
    out << weight.getSymName() << ' ' << weight.getLayers().value_or(0) << ' '
        << weight.getStorageType() << '\n';
  return llvm::xxh3_64bits(text);
}

uint64_t gptc::gpt::fingerprint(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream out(text);
  for (auto weight : module.getOps<WeightOp>())
    out << weight.getSymName() << weight.getLayers().value_or(0)
        << weight.getStorageType() << weight.getPlan();
  return llvm::xxh3_64bits(text);
}

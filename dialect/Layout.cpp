//===- Layout.cpp - The memory of packed weights --------------------------===//

#include "dialect/Layout.h"

#include "dialect/OperandFormat.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace gptc::gpt;

/// Returns true if kernels read such elements in `layout`.
static bool holds(Layout layout, Type elementType) {
  switch (layout) {
  case Layout::vector:
    return elementType.isF32();
  case Layout::rows:
    return elementType.isF32() || elementType.isBF16();
  case Layout::panels:
    return OperandFormat::ofWeight(elementType);
  }
  llvm_unreachable("a layout that is not known");
}

LogicalResult PackedAttr::verifyEncoding(
    ArrayRef<int64_t> shape, Type elementType,
    llvm::function_ref<InFlightDiagnostic()> emitError) const {
  size_t rank = getLayout() == Layout::vector ? 1 : 2;
  if (shape.size() != rank || ShapedType::isDynamicShape(shape)) // packed_c1
    return emitError() << "layout " << stringifyLayout(getLayout())
                       << " has a tensor of rank " << shape.size()
                       << " but a static one of rank " << rank
                       << " was expected";
  if (!holds(getLayout(), elementType)) // packed_c2
    return emitError() << "layout " << stringifyLayout(getLayout()) << " holds "
                       << elementType << " but f32"
                       << (rank == 1 ? "" : " or bf16") << " was expected";
  return success();
}

RankedTensorType gptc::gpt::packedType(RankedTensorType logical,
                                       Layout layout) {
  return RankedTensorType::get(logical.getShape(), logical.getElementType(),
                               PackedAttr::get(logical.getContext(), layout));
}

std::optional<Layout> gptc::gpt::getLayout(RankedTensorType type) {
  auto packed = dyn_cast_or_null<PackedAttr>(type.getEncoding());
  return packed ? std::optional(packed.getLayout()) : std::nullopt;
}

static SmallVector<int64_t> storageShape(RankedTensorType packed) {
  ArrayRef<int64_t> shape = packed.getShape();
  auto pad = [](int64_t size, int64_t multiple) {
    return int64_t(llvm::alignTo(size, multiple));
  };
  switch (*getLayout(packed)) {
  case Layout::vector:
    return {pad(shape[0], panelWidth)};
  case Layout::rows:
    return {shape[0], pad(shape[1], rowPadding)};
  case Layout::panels:
    return OperandFormat::ofWeight(packed.getElementType())
        ->panelShape(shape[0], shape[1]);
  }
  llvm_unreachable("a layout that is not known");
}

MemRefType gptc::gpt::getStorage(RankedTensorType packed) {
  return MemRefType::get(storageShape(packed), packed.getElementType());
}

std::optional<int64_t> gptc::gpt::getBytes(MemRefType type) {
  constexpr uint64_t most = uint64_t(1) << 60;
  Type element = type.getElementType();
  if (!type.hasStaticShape() || !element.isIntOrFloat() ||
      element.getIntOrFloatBitWidth() % 8 != 0)
    return std::nullopt;
  uint64_t bytes = element.getIntOrFloatBitWidth() / 8;
  for (int64_t size : type.getShape())
    bytes = llvm::SaturatingMultiply(bytes, uint64_t(size));
  return bytes <= most ? std::optional<int64_t>(bytes) : std::nullopt;
}

uint64_t gptc::gpt::getStorageBytes(RankedTensorType packed) {
  uint64_t bytes = packed.getElementTypeBitWidth() / 8;
  for (int64_t size : storageShape(packed))
    bytes = llvm::SaturatingMultiply(bytes, uint64_t(size));
  return bytes;
}

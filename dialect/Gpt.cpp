//===- Gpt.cpp - The gpt dialect ------------------------------------------===//

#include "dialect/Gpt.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace gptc::gpt;

#include "dialect/GptDialect.cpp.inc"
#include "dialect/GptEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialect/GptAttrs.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialect/GptTypes.cpp.inc"

void GptDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialect/GptOps.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialect/GptAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialect/GptTypes.cpp.inc"
      >();
}

int64_t BlockType::getValues() {
  return getKind() < BlockKind::q2_k ? 32 : 256;
}

int64_t BlockType::getBytes() {
  switch (getKind()) {
  case BlockKind::q4_0:
    return 18;
  case BlockKind::q4_1:
    return 20;
  case BlockKind::q5_0:
    return 22;
  case BlockKind::q5_1:
    return 24;
  case BlockKind::q8_0:
    return 34;
  case BlockKind::q2_k:
    return 84;
  case BlockKind::q3_k:
    return 110;
  case BlockKind::q4_k:
    return 144;
  case BlockKind::q5_k:
    return 176;
  case BlockKind::q6_k:
    return 210;
  }
  llvm_unreachable("a kind of block that is not known");
}

Operation *GptDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                           Type type, Location location) {
  return arith::ConstantOp::materialize(builder, value, type, location);
}

ModelOp gptc::gpt::getModel(ModuleOp module) {
  auto models = module.getOps<ModelOp>();
  return models.empty() ? ModelOp() : *models.begin();
}

StringRef gptc::gpt::getName(Location location) {
  if (auto name = dyn_cast<NameLoc>(location))
    return name.getName();
  if (auto fused = dyn_cast<FusedLoc>(location))
    for (Location part : fused.getLocations())
      if (StringRef name = getName(part); !name.empty())
        return name;
  return "";
}

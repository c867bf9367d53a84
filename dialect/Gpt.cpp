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

void GptDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialect/GptOps.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialect/GptAttrs.cpp.inc"
      >();
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

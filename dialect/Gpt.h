//===- Gpt.h - The gpt dialect --------------------------------------------===//

#ifndef GPTC_DIALECT_GPT_H
#define GPTC_DIALECT_GPT_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialect/GptDialect.h.inc"
#include "dialect/GptEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialect/GptAttrs.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialect/GptTypes.h.inc"

namespace gptc::gpt {

/// The KV caches, as a place that ops read and write.
struct KvCacheResource : mlir::SideEffects::Resource::Base<KvCacheResource> {
  llvm::StringRef getName() final { return "KvCache"; }
};

/// The type that `plan` leaves after its first `steps` steps (all by default),
/// before `#gpt.pack`; on failure `error` is called with the reason.
mlir::FailureOr<mlir::RankedTensorType>
inferPlanType(mlir::ArrayAttr plan,
              llvm::function_ref<void(const llvm::Twine &)> error);

/// The name that an op's location carries, such as "layer.*.attn.query", or
/// the empty string.
llvm::StringRef getName(mlir::Location location);

} // namespace gptc::gpt

#define GET_OP_CLASSES
#include "dialect/GptOps.h.inc"

namespace gptc::gpt {

/// The module's gpt.model, or null.
ModelOp getModel(mlir::ModuleOp module);

// Attributes on ops of other dialects: `#gpt.memory` of a module and, from the
// phase `tiled` on, the hash of its weights' layout (an i64); `#gpt.role`
// of an entry's arguments and results and, once its result is a buffer, of what
// it leaves there, `#gpt.place` of its logits.
inline constexpr llvm::StringLiteral memoryAttrName = "gpt.memory",
                                     weightsAttrName = "gpt.weights",
                                     roleAttrName = "gpt.role",
                                     leavesAttrName = "gpt.leaves",
                                     logitsAttrName = "gpt.logits";

} // namespace gptc::gpt

#endif // GPTC_DIALECT_GPT_H

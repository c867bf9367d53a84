//===- Graph.cpp - Checks of the phases graph to packed -------------------===//

#include "dialect/Entry.h"
#include "dialect/Layout.h"
#include "mlir/IR/SymbolTable.h"
#include "passes/graph/Predicates.h"
#include "passes/verify/Checks.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace gptc;

LogicalResult gptc::checkGraphOps(const CheckedModule &checked) {
  auto isGraphOp = [](Operation *op) {
    return isDeclaration(op) ||
           (isGptOp(op) && !isTile(op) && !isa<gpt::ThreadsOp>(op)) ||
           isa<func::FuncOp, func::ReturnOp>(op) ||
           (isa<arith::ConstantOp>(op) &&
            op->getResultTypes().front().isIntOrIndexOrFloat());
  };
  auto checkOp = [&](Operation *op) {
    return isGraphOp(op) ? success()
                         : checked.broken(op, "an op that is not of the graph",
                                          "the gpt dialect's ops on tensors");
  };
  if (failed(checked.each(checkOp)))
    return failure();
  return checked.eachType([&](Operation *op, Type type) {
    return isa<RankedTensorType>(type) || type.isIntOrIndexOrFloat()
               ? success()
               : checked.broken(op, print(type), "tensors and numbers");
  });
}

//===----------------------------------------------------------------------===//
// Operands that say where a value belongs
//===----------------------------------------------------------------------===//

/// Checks that the layer of an op is the one that runs.
static LogicalResult checkLayer(const CheckedModule &checked, Operation *op,
                                Value layer) {
  auto layers = op->getParentOfType<gpt::LayersOp>();
  auto argument = dyn_cast_or_null<BlockArgument>(layer);
  if (!layer || (layers && argument && argument.getArgNumber() == 0 &&
                 argument.getOwner()->getParentOp() == layers))
    return success();
  return checked.broken(op, "a layer of its own",
                        "the number that gpt.layers gives its body");
}

/// Checks that positions and sequences are those of the call's rows.
template <typename Op>
static LogicalResult checkRows(const CheckedModule &checked, Op op) {
  std::pair<Value, gpt::Role> operands[] = {
      {op.getPositions(), gpt::Role::positions},
      {op.getSequences(), gpt::Role::sequences}};
  for (auto [value, role] : operands) {
    auto argument = dyn_cast<BlockArgument>(value);
    if (!argument || gpt::getRole(argument) != role)
      return checked.broken(op, "another value as " + gpt::stringifyRole(role),
                            "the argument of that gpt.role");
  }
  return success();
}

/// Checks that the keys of the rows are in the cache before attention reads it.
static LogicalResult checkAppended(const CheckedModule &checked,
                                   gpt::AttentionOp op) {
  for (Operation *before = op->getPrevNode(); before;
       before = before->getPrevNode())
    if (auto append = dyn_cast<gpt::KvAppendOp>(before);
        append && append.getCacheAttr() == op.getCacheAttr() &&
        append.getLayer() == op.getLayer())
      return success();
  return checked.broken(op,
                        "no gpt.kv_append to @" + op.getCache() + " before it",
                        "the rows' keys and values in the cache");
}

LogicalResult gptc::checkOperands(const CheckedModule &checked) {
  using Result = LogicalResult;
  return checked.each([&](Operation *op) -> Result {
    return llvm::TypeSwitch<Operation *, Result>(op)
        .Case<gpt::GetWeightOp, gpt::LayerValueOp>([&](auto typed) {
          return checkLayer(checked, op, typed.getLayer());
        })
        .Case([&](gpt::KvAppendOp append) {
          return failure(failed(checkLayer(checked, op, append.getLayer())) ||
                         failed(checkRows(checked, append)));
        })
        .Case([&](gpt::AttentionOp attention) {
          return failure(
              failed(checkLayer(checked, op, attention.getLayer())) ||
              failed(checkRows(checked, attention)) ||
              failed(checkAppended(checked, attention)));
        })
        .Default([](Operation *) { return success(); });
  });
}

//===----------------------------------------------------------------------===//
// The model's sizes
//===----------------------------------------------------------------------===//

/// Checks that the table has a row for each token or position of the model.
static LogicalResult checkTable(const CheckedModule &checked,
                                gpt::ModelOp model, gpt::EmbeddingOp op) {
  auto ids = dyn_cast<BlockArgument>(op.getIds());
  std::optional<gpt::Role> role = ids ? gpt::getRole(ids) : std::nullopt;
  bool isPosition = role == gpt::Role::positions;
  if (role != gpt::Role::tokens && !isPosition)
    return checked.broken(op, "other ids", "tokens or positions, by gpt.role");
  int64_t rows = op.getTable().getType().getDimSize(0);
  int64_t least = isPosition ? model.getContextLength() : model.getVocabulary();
  if (rows < least)
    return checked.broken(op, Twine(rows) + " rows",
                          Twine(least) + " as the model's " +
                              (isPosition ? "context" : "vocabulary"));
  return isPosition && !model.getLearnedPositions()
             ? checked.broken(op, "embedded positions",
                              "gpt.model with learned_positions")
             : success();
}

LogicalResult gptc::checkSizes(const CheckedModule &checked) {
  ModuleOp module = checked.module;
  gpt::ModelOp model = gpt::getModel(module);
  if (!model)
    return success();
  if (failed(checked.each<gpt::EmbeddingOp>(
          [&](gpt::EmbeddingOp op) { return checkTable(checked, model, op); })))
    return failure();
  for (auto function : module.getOps<func::FuncOp>()) {
    auto logits = gpt::findResult(function, gpt::Role::logits);
    if (!logits)
      continue;
    int64_t columns = cast<RankedTensorType>(function.getResultTypes()[*logits])
                          .getDimSize(1);
    if (columns != int64_t(model.getVocabulary()))
      return checked.broken(function, Twine(columns) + " logits for a row",
                            Twine(model.getVocabulary()) +
                                " as the model's vocabulary");
  }
  return success();
}

LogicalResult gptc::checkConcepts(const CheckedModule &checked) {
  return checked.each([&](Operation *op) {
    if (isa<gpt::ColumnsOp>(op))
      return checked.broken(op, "a part of a joined product",
                            "a gpt.linear for each part");
    auto linear = dyn_cast<gpt::LinearOp>(op);
    if (linear && linear.getActivation() != gpt::Activation::none)
      return checked.broken(op, "an activation in it",
                            "a gpt.activation behind it");
    if (linear && linear.getResidual())
      return checked.broken(op, "a residual in it", "a gpt.add behind it");
    return success();
  });
}

LogicalResult gptc::checkUnpacked(const CheckedModule &checked) {
  return checked.each<gpt::WeightOp>([&](gpt::WeightOp weight) {
    return weight.getLayout() ? checked.broken(weight, "a #gpt.pack step",
                                               "none before the phase 'packed'")
                              : success();
  });
}

//===----------------------------------------------------------------------===//
// The phase fused
//===----------------------------------------------------------------------===//

static LogicalResult checkStandsAlone(const CheckedModule &checked,
                                      Operation *op) {
  auto check = [&](Value value, bool (*takes)(gpt::LinearOp)) {
    auto linear = value.getDefiningOp<gpt::LinearOp>();
    return takes(linear) && linear->hasOneUse()
               ? checked.broken(op, "an op of its own",
                                "it in the gpt.linear before it")
               : success();
  };
  if (auto activation = dyn_cast<gpt::ActivationOp>(op))
    return check(activation.getInput(), takesActivation);
  if (auto add = dyn_cast<gpt::AddOp>(op))
    return failure(failed(check(add.getLhs(), takesResidual)) ||
                   failed(check(add.getRhs(), takesResidual)));
  return success();
}

LogicalResult gptc::checkFused(const CheckedModule &checked) {
  if (failed(checked.each(
          [&](Operation *op) { return checkStandsAlone(checked, op); })))
    return failure();
  SymbolTable symbols(checked.module);
  WalkResult result = checked.module->walk([&](Block *block) {
    for (ArrayRef<gpt::LinearOp> group : findJoinableLinears(*block, symbols)) {
      (void)checked.broken(group.back(),
                           Twine(group.size()) + " products of one input",
                           "one gpt.linear");
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

//===----------------------------------------------------------------------===//
// The phases specialized and packed
//===----------------------------------------------------------------------===//

LogicalResult gptc::checkStaticShapes(const CheckedModule &checked) {
  return checked.eachType([&](Operation *op, Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && !tensor.hasStaticShape()
               ? checked.broken(op, print(type), "a static shape")
               : success();
  });
}

/// Checks that kernels exist for the element type of a weight: vectors are f32,
/// as they are added, and matrices have an operand format.
static LogicalResult checkElements(const CheckedModule &checked,
                                   gpt::WeightOp weight) {
  RankedTensorType type = weight.getTensorType();
  Type element = type.getElementType();
  if (element.isF32() ||
      (type.getRank() == 2 && gpt::OperandFormat::ofWeight(element)))
    return success();
  return checked.broken(weight, print(type),
                        type.getRank() == 2 ? "f32 or bf16" : "f32");
}

static LogicalResult checkSums(const CheckedModule &checked, Operation *op,
                               Value weight, gpt::Arithmetic arithmetic) {
  gpt::Arithmetic expected = arithmeticOf(weight);
  if (arithmetic == expected)
    return success();
  return checked.broken(op, "sums in " + stringifyEnum(arithmetic),
                        stringifyEnum(expected) + " as its weight has it");
}

LogicalResult gptc::checkArithmetic(const CheckedModule &checked) {
  return checked.each([&](Operation *op) {
    if (auto weight = dyn_cast<gpt::WeightOp>(op))
      return checkElements(checked, weight);
    if (auto linear = dyn_cast<gpt::LinearOp>(op))
      return checkSums(checked, op, linear.getWeight(), linear.getArithmetic());
    if (auto unembed = dyn_cast<gpt::UnembedOp>(op))
      return checkSums(checked, op, unembed.getWeight(),
                       unembed.getArithmetic());
    return success();
  });
}

/// Returns the weights that are operands of an op. The op's verifier compares
/// their layouts.
static SmallVector<Value> weightsOf(Operation *op) {
  return llvm::TypeSwitch<Operation *, SmallVector<Value>>(op)
      .Case([](gpt::LinearOp linear) {
        return SmallVector<Value>{linear.getWeight(), linear.getBias()};
      })
      .Case([](gpt::UnembedOp unembed) {
        return SmallVector<Value>{unembed.getWeight()};
      })
      .Case([](gpt::EmbeddingOp embedding) {
        return SmallVector<Value>{embedding.getTable()};
      })
      .Case([](gpt::NormOp norm) {
        return SmallVector<Value>{norm.getScale(), norm.getBias()};
      })
      .Default(SmallVector<Value>());
}

LogicalResult gptc::checkPacked(const CheckedModule &checked) {
  return checked.each([&](Operation *op) -> LogicalResult {
    auto weight = dyn_cast<gpt::WeightOp>(op);
    if (weight && !weight.getLayout())
      return checked.broken(weight, "no #gpt.pack step",
                            "one at the end of its plan");
    for (Value operand : weightsOf(op))
      if (operand && !gpt::getLayout(cast<RankedTensorType>(operand.getType())))
        return checked.broken(op, "a weight of " + print(operand.getType()),
                              "one that is packed");
    return success();
  });
}

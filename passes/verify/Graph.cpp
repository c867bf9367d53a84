//===- Graph.cpp - Checks of the phases graph to packed -------------------===//

#include "dialect/Layout.h"
#include "mlir/IR/SymbolTable.h"
#include "passes/graph/Predicates.h"
#include "passes/verify/Checks.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include <array>

using namespace mlir;
using namespace gptc;

LogicalResult gptc::checkGraphOps(const CheckedModule &checked) {
  auto isGraphOp = [](Operation *op) {
    return isDeclaration(op) ||
           (isGptOp(op) && !isTile(op) && !isa<gpt::ThreadsOp>(op)) ||
           isa<func::FuncOp, func::ReturnOp, arith::ConstantOp>(op);
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

LogicalResult gptc::checkEntries(const CheckedModule &checked) {
  static constexpr std::array<StringRef, 3> entries = {"prompt", "token",
                                                       "unembed"};
  ModuleOp module = checked.module;
  for (auto function : module.getOps<func::FuncOp>())
    if (!llvm::is_contained(entries, function.getName()))
      return checked.broken(function, "@" + function.getName(),
                            "the entries " + llvm::join(entries, ", ") +
                                " alone");
  for (StringRef entry : entries)
    if (!module.lookupSymbol<func::FuncOp>(entry))
      return checked.broken(module, "no entry @" + entry,
                            llvm::join(entries, ", "));
  return success();
}

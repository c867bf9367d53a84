//===- Module.cpp - Creates a model's module ------------------------------===//

#include "compiler/import/Module.h"

#include "compiler/checkpoint/Sources.h"
#include "compiler/import/Graph.h"
#include "compiler/import/WeightImport.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/Support/Path.h"

using namespace gptc;
using namespace llvm;

void gptc::loadDialects(mlir::MLIRContext &context) {
  context.loadDialect<gpt::GptDialect, mlir::func::FuncDialect,
                      mlir::arith::ArithDialect>();
}

static void addModel(mlir::OpBuilder &builder, const ImportedModel &model) {
  SmallVector<mlir::Attribute> sources;
  if (model.checkpoint)
    for (const CheckpointFile &file : model.checkpoint->getFiles())
      sources.push_back(gpt::SourceAttr::get(
          builder.getContext(), sys::path::filename(file.getPath()),
          hashBytes(file.getHeader()), /*content=*/""));
  const Hyperparameters &sizes = model.config.hyperparameters;
  auto integer = [&](std::optional<int64_t> value) {
    return value ? builder.getI64IntegerAttr(*value) : mlir::IntegerAttr();
  };
  bool learnedPositions = sizes.rotary.frequencies.empty();
  gpt::ModelOp::create(
      builder, builder.getUnknownLoc(), model.name, model.config.family->name,
      sizes.layers, sizes.channels, sizes.heads, sizes.kvHeads, sizes.headSize,
      sizes.context, sizes.vocabulary, learnedPositions,
      integer(sizes.bos), sizes.eos, builder.getArrayAttr(sources),
      model.directory);
}

Expected<mlir::OwningOpRef<mlir::ModuleOp>>
gptc::makeModule(const ImportedModel &model, mlir::MLIRContext &context) {
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
  auto builder = mlir::OpBuilder::atBlockEnd(module->getBody());
  addModel(builder, model);
  if (model.tokenizer)
    gpt::TokenizerOp::create(builder, builder.getUnknownLoc(), model.tokenizer,
                             model.chat);
  if (Error error = importWeights(builder, model.config, model.checkpoint))
    return error;
  buildForward(*module, *model.config.family, model.config.hyperparameters);
  return module;
}

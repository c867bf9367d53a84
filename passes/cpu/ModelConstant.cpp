//===- ModelConstant.cpp - What a compiled object exports -----------------===//

#include "passes/cpu/ModelConstant.h"

#include "dialect/WeightLayout.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "runtime/engine/Abi.h"

using namespace mlir;
using namespace gptc;

namespace {

class ConstantBuilder {
public:
  ConstantBuilder(ModuleOp module, const ModelConstant &constant)
      : module(module), constant(constant),
        b(module.getLoc(), module.getContext()),
        pointer(LLVM::LLVMPointerType::get(module.getContext())),
        i64(b.getI64Type()) {}

  void build() {
    b.setInsertionPointToEnd(module.getBody());
    LLVM::GlobalOp table = makeEntries();
    LLVM::GlobalOp texts[] = {makeText("gptc.features", constant.features),
                              makeText("gptc.cpu", constant.cpu),
                              makeText("gptc.target", constant.target)};
    gpt::ModelOp model = gpt::getModel(module);
    LLVM::GlobalOp endTokens = makeEndTokens(model);
    Type i32 = b.getI32Type();
    SmallVector<Type> types = {i32, i32};
    types.append(6, i64);
    types.push_back(pointer);
    types.append(6, i64);
    types.append(3, pointer);
    types.append({i64, pointer});
    auto type = LLVM::LLVMStructType::getLiteral(b.getContext(), types);
    makeGlobal("gptc_model", type, LLVM::Linkage::External,
               [&](SmallVector<Value> &fields) {
                 uint32_t flags =
                     model.getLearnedPositions() ? GPTC_LEARNED_POSITIONS : 0;
                 fields = {number(i32, GPTC_ABI_VERSION), number(i32, flags)};
                 for (int64_t value :
                      {static_cast<int64_t>(gpt::fingerprint(module)),
                       static_cast<int64_t>(model.getContextLength()),
                       static_cast<int64_t>(model.getVocabulary()),
                       static_cast<int64_t>(model.getWindow().value_or(0)),
                       static_cast<int64_t>(model.getBos().value_or(-1)),
                       static_cast<int64_t>(model.getEos().size())})
                   fields.push_back(number(i64, value));
                 fields.push_back(LLVM::AddressOfOp::create(b, endTokens));
                 for (int64_t value :
                      {constant.weightBytes, constant.arenaBytes,
                       constant.scratchBytes, constant.blockBytes,
                       constant.logitsOffset, constant.logitsStride})
                   fields.push_back(number(i64, value));
                 for (LLVM::GlobalOp text : texts)
                   fields.push_back(LLVM::AddressOfOp::create(b, text));
                 fields.push_back(number(i64, constant.entries.size()));
                 fields.push_back(LLVM::AddressOfOp::create(b, table));
               });
  }

private:
  ModuleOp module;
  const ModelConstant &constant;
  ImplicitLocOpBuilder b;
  Type pointer, i64;

  Value number(Type type, int64_t value) {
    return LLVM::ConstantOp::create(b, type, b.getIntegerAttr(type, value));
  }

  LLVM::GlobalOp makeText(const Twine &name, StringRef text) {
    std::string bytes = text.str();
    bytes.push_back('\0');
    auto type = LLVM::LLVMArrayType::get(b.getI8Type(), bytes.size());
    return LLVM::GlobalOp::create(b, type, /*isConstant=*/true,
                                  LLVM::Linkage::Private, name.str(),
                                  b.getStringAttr(bytes));
  }

  LLVM::GlobalOp makeEndTokens(gpt::ModelOp model) {
    SmallVector<int32_t> ids(model.getEos().begin(), model.getEos().end());
    // LLVM IR has no data of no elements.
    if (ids.empty())
      ids.push_back(-1);
    auto type = LLVM::LLVMArrayType::get(b.getI32Type(), ids.size());
    return LLVM::GlobalOp::create(b, type, /*isConstant=*/true,
                                  LLVM::Linkage::Private, "gptc.end_tokens",
                                  b.getI32TensorAttr(ids));
  }

  /// A constant struct whose fields `makeFields` computes.
  LLVM::GlobalOp
  makeGlobal(StringRef name, Type type, LLVM::Linkage linkage,
             llvm::function_ref<void(SmallVector<Value> &)> makeFields) {
    auto global = LLVM::GlobalOp::create(b, type, /*isConstant=*/true, linkage,
                                         name, Attribute());
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(&global.getInitializerRegion());
    SmallVector<Value> fields;
    makeFields(fields);
    Value value = LLVM::UndefOp::create(b, type);
    for (auto [index, part] : llvm::enumerate(fields))
      value = LLVM::InsertValueOp::create(b, value, part, index);
    LLVM::ReturnOp::create(b, value);
    return global;
  }

  LLVM::GlobalOp makeEntries() {
    auto entryType = LLVM::LLVMStructType::getLiteral(b.getContext(),
                                                      {pointer, i64, pointer});
    SmallVector<LLVM::GlobalOp> names;
    for (const ModelConstant::Entry &entry : constant.entries) {
      LLVM::LLVMFuncOp function = entry.function;
      names.push_back(
          makeText("gptc.entry." + function.getName(), function.getName()));
    }
    auto type = LLVM::LLVMArrayType::get(entryType, constant.entries.size());
    return makeGlobal(
        "gptc.entries", type, LLVM::Linkage::Private,
        [&](SmallVector<Value> &elements) {
          for (auto [entry, name] : llvm::zip(constant.entries, names)) {
            Value value = LLVM::UndefOp::create(b, entryType);
            Value fields[] = {LLVM::AddressOfOp::create(b, name),
                              number(i64, entry.capacity),
                              LLVM::AddressOfOp::create(b, entry.function)};
            for (auto [index, part] : llvm::enumerate(fields))
              value = LLVM::InsertValueOp::create(b, value, part, index);
            elements.push_back(value);
          }
        });
  }
};

} // namespace

void gptc::buildModelConstant(ModuleOp module, const ModelConstant &constant) {
  ConstantBuilder(module, constant).build();
}

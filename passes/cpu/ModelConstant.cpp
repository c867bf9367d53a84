//===- ModelConstant.cpp - The constant that a compiled object exports ----===//

#include "passes/cpu/ModelConstant.h"

#include "dialect/WeightLayout.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "runtime/engine/Abi.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"
#include <cstddef>
#include <functional>

using namespace mlir;
using namespace gptc;

namespace {

class ConstantBuilder {
public:
  ConstantBuilder(ModuleOp module, const ModelConstant &constant)
      : module(module), constant(constant),
        b(module.getLoc(), module.getContext()),
        pointer(LLVM::LLVMPointerType::get(module.getContext())) {}

  void build() {
    b.setInsertionPointToEnd(module.getBody());
    LLVM::GlobalOp table = makeEntries();
    LLVM::GlobalOp texts[] = {makeText("gptc.features", constant.features),
                              makeText("gptc.cpu", constant.cpu),
                              makeText("gptc.target", constant.target)};
    gpt::ModelOp model = gpt::getModel(module);
    LLVM::GlobalOp endTokens = makeEndTokens(model);
    uint32_t flags = model.getLearnedPositions() ? GPTC_LEARNED_POSITIONS : 0;
    StructFields fields("gptc_model_info", sizeof(gptc_model_info));
#define FIELD(name) #name, offsetof(gptc_model_info, name)
    fields.add(FIELD(abi_version), number32(GPTC_ABI_VERSION));
    fields.add(FIELD(flags), number32(flags));
    fields.add(FIELD(fingerprint), number64(gpt::fingerprint(module)));
    fields.add(FIELD(context), number64(model.getContextLength()));
    fields.add(FIELD(vocabulary), number64(model.getVocabulary()));
    fields.add(FIELD(window), number64(findWindow()));
    fields.add(FIELD(bos), number64(model.getBos().value_or(-1)));
    fields.add(FIELD(end_token_count), number64(model.getEos().size()));
    fields.add(FIELD(end_tokens), addressOf(endTokens));
    fields.add(FIELD(weights_bytes), number64(constant.weightBytes));
    fields.add(FIELD(arena_bytes), number64(constant.arenaBytes));
    fields.add(FIELD(scratch_bytes), number64(constant.scratchBytes));
    fields.add(FIELD(block_bytes), number64(constant.blockBytes));
    fields.add(FIELD(logits_offset), number64(constant.logitsOffset));
    fields.add(FIELD(logits_stride), number64(constant.logitsStride));
    fields.add(FIELD(features), addressOf(texts[0]));
    fields.add(FIELD(cpu), addressOf(texts[1]));
    fields.add(FIELD(target), addressOf(texts[2]));
    fields.add(FIELD(entry_count), number64(constant.entries.size()));
    fields.add(FIELD(entries), addressOf(table));
#undef FIELD
    Type type = structType(fields);
    makeGlobal("gptc_model", type, LLVM::Linkage::External,
               [&] { return makeStruct(type, fields); });
  }

private:
  ModuleOp module;
  const ModelConstant &constant;
  ImplicitLocOpBuilder b;
  Type pointer;

  /// Builds the value of a field in a global's initializer.
  using MakeValue = std::function<Value()>;

  /// The fields of a struct of runtime/engine/Abi.h. The offset of each is
  /// checked against the C declaration.
  struct StructFields {
    struct Field {
      Type type;
      MakeValue make;
    };

    StructFields(StringRef name, size_t size) : name(name), size(size) {}

    void add(StringRef field, size_t offset, Field value) {
      size_t bytes = value.type.isInteger(32) ? 4 : 8;
      end = llvm::alignTo(end, bytes);
      if (end != offset)
        llvm::report_fatal_error(name + "." + field + " is at byte " +
                                 Twine(offset) + " but is written at byte " +
                                 Twine(end));
      end += bytes;
      fields.push_back(value);
    }
    /// Returns the fields, and checks that the struct has none after the last.
    ArrayRef<Field> all() const {
      if (llvm::alignTo(end, 8) != size)
        llvm::report_fatal_error(name + " has " + Twine(size) + " bytes but " +
                                 Twine(end) + " are written");
      return fields;
    }

  private:
    StringRef name;
    size_t size, end = 0;
    SmallVector<Field> fields;
  };

  StructFields::Field number(Type type, int64_t value) {
    return {type, [=, this]() -> Value {
              return LLVM::ConstantOp::create(b, type,
                                              b.getIntegerAttr(type, value));
            }};
  }
  StructFields::Field number32(int64_t value) {
    return number(b.getI32Type(), value);
  }
  StructFields::Field number64(int64_t value) {
    return number(b.getI64Type(), value);
  }
  template <typename Symbol>
  StructFields::Field addressOf(Symbol symbol) {
    return {pointer, [=, this]() -> Value {
              return LLVM::AddressOfOp::create(b, Symbol(symbol));
            }};
  }

  Type structType(const StructFields &fields) {
    SmallVector<Type> types;
    for (const auto &field : fields.all())
      types.push_back(field.type);
    return LLVM::LLVMStructType::getLiteral(b.getContext(), types);
  }

  Value makeStruct(Type type, const StructFields &fields) {
    Value value = LLVM::UndefOp::create(b, type);
    for (auto [index, field] : llvm::enumerate(fields.all()))
      value = LLVM::InsertValueOp::create(b, value, field.make(), index);
    return value;
  }

  /// Returns the largest attention window of all layers, 0 for all positions.
  int64_t findWindow() {
    auto caches = module.getOps<gpt::KvCacheOp>();
    return caches.empty() ? 0 : (*caches.begin()).getWindow().value_or(0);
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
    // LLVM IR has no data arrays without elements.
    if (ids.empty())
      ids.push_back(-1);
    auto type = LLVM::LLVMArrayType::get(b.getI32Type(), ids.size());
    return LLVM::GlobalOp::create(b, type, /*isConstant=*/true,
                                  LLVM::Linkage::Private, "gptc.end_tokens",
                                  b.getI32TensorAttr(ids));
  }

  /// Creates a constant whose value `make` computes.
  LLVM::GlobalOp makeGlobal(StringRef name, Type type, LLVM::Linkage linkage,
                            llvm::function_ref<Value()> make) {
    auto global = LLVM::GlobalOp::create(b, type, /*isConstant=*/true, linkage,
                                         name, Attribute());
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(&global.getInitializerRegion());
    LLVM::ReturnOp::create(b, make());
    return global;
  }

  LLVM::GlobalOp makeEntries() {
    SmallVector<StructFields> entries;
    for (const ModelConstant::Entry &entry : constant.entries) {
      LLVM::LLVMFuncOp function = entry.function;
      LLVM::GlobalOp name =
          makeText("gptc.entry." + function.getName(), function.getName());
      StructFields &fields =
          entries.emplace_back("gptc_entry", sizeof(gptc_entry));
#define FIELD(name) #name, offsetof(gptc_entry, name)
      fields.add(FIELD(name), addressOf(name));
      fields.add(FIELD(capacity), number64(entry.capacity));
      fields.add(FIELD(takes), number32(entry.takes));
      fields.add(FIELD(leaves), number32(entry.leaves));
      fields.add(FIELD(function), addressOf(function));
#undef FIELD
    }
    Type entryType = structType(entries.front());
    auto type = LLVM::LLVMArrayType::get(entryType, entries.size());
    return makeGlobal("gptc.entries", type, LLVM::Linkage::Private,
                      [&]() -> Value {
                        Value array = LLVM::UndefOp::create(b, type);
                        for (auto [index, entry] : llvm::enumerate(entries))
                          array = LLVM::InsertValueOp::create(
                              b, array, makeStruct(entryType, entry), index);
                        return array;
                      });
  }
};

} // namespace

void gptc::buildModelConstant(ModuleOp module, const ModelConstant &constant) {
  ConstantBuilder(module, constant).build();
}

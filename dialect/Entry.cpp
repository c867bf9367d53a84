//===- Entry.cpp - What the arguments and results of entries are ----------===//

#include "dialect/Entry.h"

using namespace mlir;
using namespace gptc::gpt;

static std::optional<Role> roleOf(Attribute attr) {
  auto role = dyn_cast_or_null<RoleAttr>(attr);
  return role ? std::optional(role.getValue()) : std::nullopt;
}

static std::optional<Role> roleOf(FunctionOpInterface function,
                                  unsigned argument) {
  return roleOf(function.getArgAttr(argument, roleAttrName));
}

std::optional<Role> gptc::gpt::getRole(BlockArgument argument) {
  auto function =
      dyn_cast<FunctionOpInterface>(argument.getOwner()->getParentOp());
  return function ? roleOf(function, argument.getArgNumber()) : std::nullopt;
}

std::optional<Role> gptc::gpt::getResultRole(FunctionOpInterface function,
                                             unsigned result) {
  return roleOf(function.getResultAttr(result, roleAttrName));
}

void gptc::gpt::setRole(FunctionOpInterface function, unsigned argument,
                        Role role) {
  function.setArgAttr(argument, roleAttrName,
                      RoleAttr::get(function->getContext(), role));
}

std::optional<Role> gptc::gpt::getLeft(FunctionOpInterface function) {
  return roleOf(function->getAttr(leavesAttrName));
}

void gptc::gpt::setLeft(FunctionOpInterface function, Role role) {
  function->setAttr(leavesAttrName,
                    RoleAttr::get(function->getContext(), role));
}

void gptc::gpt::setResultRole(FunctionOpInterface function, unsigned result,
                              Role role) {
  function.setResultAttr(result,
                         StringAttr::get(function->getContext(), roleAttrName),
                         RoleAttr::get(function->getContext(), role));
}

BlockArgument gptc::gpt::findArgument(FunctionOpInterface function, Role role) {
  for (BlockArgument argument : function.getArguments())
    if (getRole(argument) == role)
      return argument;
  return {};
}

std::optional<unsigned> gptc::gpt::findResult(FunctionOpInterface function,
                                              Role role) {
  for (unsigned result = 0; result < function.getNumResults(); ++result)
    if (getResultRole(function, result) == role)
      return result;
  return std::nullopt;
}

std::optional<int64_t> gptc::gpt::getCapacity(FunctionOpInterface function) {
  for (Role role : {Role::tokens, Role::rows})
    if (BlockArgument ids = findArgument(function, role))
      if (auto type = cast<ShapedType>(ids.getType()); !type.isDynamicDim(0))
        return type.getDimSize(0);
  return std::nullopt;
}

ArrayRef<EntrySignature> gptc::gpt::getEntrySignatures() {
  static constexpr Role tokens[] = {Role::tokens, Role::positions,
                                    Role::sequences},
                        hidden[] = {Role::hidden, Role::rows};
  static constexpr EntrySignature signatures[] = {
      {"prompt", tokens, Role::hidden},
      {"token", tokens, Role::hidden},
      {"unembed", hidden, Role::logits},
  };
  return signatures;
}

//===----------------------------------------------------------------------===//
// Verifiers
//===----------------------------------------------------------------------===//

/// Returns true if an argument or result of `role` may be of `type`.
static bool fits(Role role, Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  auto is = [&](int64_t rank, auto isElement) {
    return shaped && shaped.hasRank() && shaped.getRank() == rank &&
           isElement(shaped.getElementType());
  };
  auto isInteger = [](unsigned width) {
    return [=](Type element) { return element.isSignlessInteger(width); };
  };
  auto isF32 = [](Type element) { return element.isF32(); };
  // The runtime lays arguments out plainly; only rows of the block table may be
  // further apart.
  if (auto memref = dyn_cast<MemRefType>(type)) {
    bool isTable = role == Role::block_table;
    if (isTable ? !memref.isLastDimUnitStride()
                : !memref.getLayout().isIdentity())
      return false;
  }
  switch (role) {
  case Role::tokens:
  case Role::positions:
  case Role::sequences:
  case Role::rows:
    return is(1, isInteger(32));
  case Role::hidden:
  case Role::logits:
    return is(2, isF32);
  case Role::count:
    return type.isIndex();
  case Role::cache:
    return isa<MemRefType>(type) && is(6, isF32);
  case Role::block_table:
    return isa<MemRefType>(type) && is(2, isInteger(32));
  case Role::weights:
  case Role::arena:
    return isa<MemRefType>(type) && is(1, isInteger(8)) &&
           shaped.hasStaticShape();
  }
  llvm_unreachable("a role that is not known");
}

/// Checks that `attr`, on argument or result `number` of `op`, is a role that
/// fits `type` and that none of the `count` others has, which `get` yields.
static LogicalResult
verifyRole(Operation *op, StringRef what, unsigned number, NamedAttribute attr,
           TypeRange types,
           llvm::function_ref<std::optional<Role>(unsigned)> get) {
  auto role = dyn_cast<RoleAttr>(attr.getValue());
  if (attr.getName() != roleAttrName || !role)
    return op->emitError(what)
           << " " << number << " has " << attr.getName() << " = "
           << attr.getValue() << " but " << roleAttrName
           << " = #gpt.role<…> was expected";
  StringRef name = stringifyRole(role.getValue());
  if (!fits(role.getValue(), types[number])) // role_c1
    return op->emitError(what) << " " << number << " is " << types[number]
                               << ", which is no " << name;
  for (unsigned other = 0; other < number; ++other)
    if (get(other) == role.getValue()) // role_c2
      return op->emitError(what)
             << "s " << other << " and " << number << " both are " << name;
  return success();
}

LogicalResult GptDialect::verifyRegionArgAttribute(Operation *op,
                                                   unsigned regionIndex,
                                                   unsigned number,
                                                   NamedAttribute attr) {
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (!function)
    return op->emitError("has ") << attr.getName() << " but is no function";
  return verifyRole(op, "argument", number, attr, function.getArgumentTypes(),
                    [&](unsigned other) { return roleOf(function, other); });
}

LogicalResult GptDialect::verifyRegionResultAttribute(Operation *op,
                                                      unsigned regionIndex,
                                                      unsigned number,
                                                      NamedAttribute attr) {
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (!function)
    return op->emitError("has ") << attr.getName() << " but is no function";
  return verifyRole(
      op, "result", number, attr, function.getResultTypes(),
      [&](unsigned other) { return getResultRole(function, other); });
}

LogicalResult GptDialect::verifyOperationAttribute(Operation *op,
                                                   NamedAttribute attr) {
  if (attr.getName() == memoryAttrName && isa<ModuleOp>(op) &&
      isa<MemoryAttr>(attr.getValue()))
    return success();
  if (attr.getName() == weightsAttrName && isa<ModuleOp>(op) &&
      isa<IntegerAttr>(attr.getValue()))
    return success();
  if (attr.getName() == logitsAttrName && isa<FunctionOpInterface>(op) &&
      isa<PlaceAttr>(attr.getValue()))
    return success();
  if (attr.getName() == leavesAttrName && isa<FunctionOpInterface>(op) &&
      isa<RoleAttr>(attr.getValue()))
    return success();
  return op->emitError("has ")
         << attr.getName() << " = " << attr.getValue() << " but only "
         << memoryAttrName << " = #gpt.memory<…> of a module, "
         << leavesAttrName << " = #gpt.role<…> and " << logitsAttrName
         << " = #gpt.place<…> of an entry were expected";
}

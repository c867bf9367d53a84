//===- Entries.cpp - Checks of entries in every phase that has them -------===//

#include "dialect/Entry.h"
#include "passes/cpu/CacheType.h"
#include "passes/verify/Checks.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace gptc;

using Roles = SmallVector<gpt::Role, 8>;

static std::string nameEntries() {
  return llvm::join(
      llvm::map_range(gpt::getEntrySignatures(),
                      [](const gpt::EntrySignature &s) { return s.name; }),
      ", ");
}

/// Returns the roles of an entry's arguments after the phase: what stands in
/// the arena is no argument from `buffers` on.
static Roles rolesOf(const CheckedModule &checked,
                     const gpt::EntrySignature &signature) {
  bool onTensors = checked.phase == "specialized" || checked.phase == "packed";
  bool inArena = checked.phase == "buffers";
  Roles roles(signature.takes);
  if (onTensors)
    return roles;
  roles.push_back(signature.leaves);
  if (inArena) {
    llvm::erase_if(roles, [](gpt::Role role) {
      return role == gpt::Role::hidden || role == gpt::Role::logits;
    });
    roles.append({gpt::Role::weights, gpt::Role::arena});
  }
  roles.push_back(gpt::Role::count);
  ModuleOp module = checked.module;
  if (!module.getOps<gpt::KvCacheOp>().empty())
    roles.append({gpt::Role::cache, gpt::Role::block_table});
  return roles;
}

static LogicalResult checkArguments(const CheckedModule &checked,
                                    func::FuncOp entry, const Roles &roles) {
  for (BlockArgument argument : entry.getArguments()) {
    std::optional<gpt::Role> role = gpt::getRole(argument);
    if (!role || !llvm::is_contained(roles, *role))
      return checked.broken(
          entry,
          "@" + entry.getName() + " with argument " +
              Twine(argument.getArgNumber()) + " of " +
              (role ? "the gpt.role " + gpt::stringifyRole(*role)
                    : Twine("no gpt.role")),
          "one of " +
              llvm::join(llvm::map_range(roles, gpt::stringifyRole), ", "));
  }
  for (gpt::Role role : roles)
    if (!gpt::findArgument(entry, role))
      return checked.broken(entry,
                            "@" + entry.getName() +
                                " without an argument of the gpt.role " +
                                gpt::stringifyRole(role),
                            "one");
  return success();
}

/// Checks what an entry yields, on tensors, or leaves in a buffer.
static LogicalResult checkLeft(const CheckedModule &checked, func::FuncOp entry,
                               gpt::Role leaves) {
  std::optional<gpt::Role> left =
      entry.getNumResults() == 1   ? gpt::getResultRole(entry, 0)
      : entry.getNumResults() == 0 ? gpt::getLeft(entry)
                                   : std::nullopt;
  if (left == leaves)
    return success();
  return checked.broken(
      entry,
      "@" + entry.getName() + " that leaves " +
          (left ? gpt::stringifyRole(*left) : StringRef("nothing known")),
      gpt::stringifyRole(leaves));
}

/// Checks that all rows of a call have a token, a position and a sequence, and
/// that the cache is the one declared.
static LogicalResult checkTypes(const CheckedModule &checked,
                                func::FuncOp entry) {
  auto typeOf = [&](gpt::Role role) {
    Value argument = gpt::findArgument(entry, role);
    return argument ? argument.getType() : Type();
  };
  for (gpt::Role role : {gpt::Role::positions, gpt::Role::sequences})
    if (typeOf(role) != typeOf(gpt::Role::tokens))
      return checked.broken(
          entry, gpt::stringifyRole(role) + " of " + print(typeOf(role)),
          print(typeOf(gpt::Role::tokens)) + " as the tokens");
  ModuleOp module = checked.module;
  for (auto cache : module.getOps<gpt::KvCacheOp>())
    if (Type type = typeOf(gpt::Role::cache);
        type && type != getCacheType(cache))
      return checked.broken(entry, "a cache of " + print(type),
                            print(getCacheType(cache)) + " as @" +
                                cache.getSymName() + " declares");
  return success();
}

/// Returns the type of the hidden state that an entry takes or leaves, null if
/// it has no argument or result for it.
static ShapedType hiddenOf(func::FuncOp entry) {
  if (Value argument = gpt::findArgument(entry, gpt::Role::hidden))
    return cast<ShapedType>(argument.getType());
  auto result = gpt::findResult(entry, gpt::Role::hidden);
  return result ? cast<ShapedType>(entry.getResultTypes()[*result])
                : ShapedType();
}

/// Checks that all entries have the same hidden state, and that as many rows of
/// it are taken as are left.
static LogicalResult checkHidden(const CheckedModule &checked) {
  ModuleOp module = checked.module;
  auto entryOf = [&](StringRef name) {
    return module.lookupSymbol<func::FuncOp>(name);
  };
  ShapedType left = hiddenOf(entryOf("prompt"));
  if (!left)
    return success();
  for (StringRef name : {"token", "unembed"}) {
    ShapedType other = hiddenOf(entryOf(name));
    bool isSame = other.getDimSize(1) == left.getDimSize(1) &&
                  (name == "token" || other == left);
    if (!isSame)
      return checked.broken(entryOf(name), "a hidden state of " + print(other),
                            print(left) + " as in @prompt");
  }
  return success();
}

LogicalResult gptc::checkEntries(const CheckedModule &checked) {
  ModuleOp module = checked.module;
  auto signatures = gpt::getEntrySignatures();
  for (auto function : module.getOps<func::FuncOp>())
    if (llvm::none_of(signatures, [&](const gpt::EntrySignature &signature) {
          return signature.name == function.getName();
        }))
      return checked.broken(function, "@" + function.getName(),
                            "the entries " + nameEntries() + " alone");
  for (const gpt::EntrySignature &signature : signatures)
    if (!module.lookupSymbol<func::FuncOp>(signature.name))
      return checked.broken(module, "no entry @" + signature.name,
                            nameEntries());
  for (const gpt::EntrySignature &signature : signatures) {
    auto entry = module.lookupSymbol<func::FuncOp>(signature.name);
    if (failed(checkArguments(checked, entry, rolesOf(checked, signature))) ||
        failed(checkLeft(checked, entry, signature.leaves)) ||
        failed(checkTypes(checked, entry)))
      return failure();
  }
  return checkHidden(checked);
}

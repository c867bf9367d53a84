//===- Entry.h - What the arguments and results of entries are ------------===//

#ifndef GPTC_DIALECT_ENTRY_H
#define GPTC_DIALECT_ENTRY_H

#include "dialect/Gpt.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace gptc::gpt {

/// The role of an argument of an entry, none if it has none.
std::optional<Role> getRole(mlir::BlockArgument argument);
std::optional<Role> getResultRole(mlir::FunctionOpInterface function,
                                  unsigned result);

void setRole(mlir::FunctionOpInterface function, unsigned argument, Role role);
void setResultRole(mlir::FunctionOpInterface function, unsigned result,
                   Role role);

/// The role of what an entry without a result leaves in its last argument or in
/// the arena; none if it is not known.
std::optional<Role> getLeft(mlir::FunctionOpInterface function);
void setLeft(mlir::FunctionOpInterface function, Role role);

/// The argument or result of `function` that has `role`, null if none has.
mlir::BlockArgument findArgument(mlir::FunctionOpInterface function, Role role);
std::optional<unsigned> findResult(mlir::FunctionOpInterface function,
                                   Role role);

/// The rows that one call of an entry takes: the size of its tokens or of its
/// row numbers; none if it has neither or they are dynamic.
std::optional<int64_t> getCapacity(mlir::FunctionOpInterface function);

/// What an entry of a program takes and leaves. From the phase `tiled` on it
/// also takes memory and the count of rows.
struct EntrySignature {
  llvm::StringRef name;
  llvm::ArrayRef<Role> takes;
  Role leaves;
};

/// The entries of a program: prompt, token and unembed.
llvm::ArrayRef<EntrySignature> getEntrySignatures();

} // namespace gptc::gpt

#endif // GPTC_DIALECT_ENTRY_H

//===- Json.h - Read JSON that must be understood in full -----------------===//

#ifndef GPTC_COMPILER_TOKENIZER_JSON_H
#define GPTC_COMPILER_TOKENIZER_JSON_H

#include "compiler/checkpoint/Input.h"

namespace gptc {

/// What a field may hold so that it can be left unread; absent always may.
enum class FieldRule {
  any, ///< read by the caller, or without an influence on ids
  mustBeFalse,
  mustBeTrue,
  mustBeNull, ///< also "" and 0, which say the same
};

struct JsonField {
  llvm::StringLiteral name;
  FieldRule rule = FieldRule::any;
};

/// The text of a file of a size that a tokenizer can have.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
mapTokenizerFile(llvm::StringRef path);

class JsonFile {
public:
  static llvm::Expected<JsonFile> read(llvm::StringRef path);

  llvm::StringRef path() const { return filePath; }
  const llvm::json::Value &root() const { return value; }

  /// The error of a value, which is null where there is none.
  llvm::Error wrongValue(const llvm::Twine &key, const llvm::json::Value *found,
                         const llvm::Twine &expected) const;

  /// `found` as an object that has no other fields than `fields` and keeps
  /// their rules. The root's key is empty.
  llvm::Expected<const llvm::json::Object *>
  object(const llvm::Twine &key, const llvm::json::Value *found,
         llvm::ArrayRef<JsonField> fields) const;

private:
  JsonFile(llvm::StringRef path, llvm::json::Value value)
      : filePath(path), value(std::move(value)) {}

  std::string filePath;
  llvm::json::Value value;
};

} // namespace gptc

#endif // GPTC_COMPILER_TOKENIZER_JSON_H

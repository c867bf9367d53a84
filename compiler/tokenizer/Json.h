//===- Json.h - Reads JSON of which every field must be known -------------===//

#ifndef GPTC_COMPILER_TOKENIZER_JSON_H
#define GPTC_COMPILER_TOKENIZER_JSON_H

#include "compiler/checkpoint/Input.h"

namespace gptc {

/// The values with which a field can be ignored. It may always be absent.
enum class FieldRule {
  any, ///< read by the caller, or without influence on ids
  mustBeFalse,
  mustBeTrue,
  mustBeNull, ///< or "" or 0, which mean the same
};

struct JsonField {
  llvm::StringLiteral name;
  FieldRule rule = FieldRule::any;
};

/// Maps a file and checks that its size is plausible for a tokenizer.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
mapTokenizerFile(llvm::StringRef path);

class JsonFile {
public:
  static llvm::Expected<JsonFile> read(llvm::StringRef path);

  llvm::StringRef path() const { return filePath; }
  const llvm::json::Value &root() const { return value; }

  /// Returns the error of a value, which is null if it is missing.
  llvm::Error wrongValue(const llvm::Twine &key, const llvm::json::Value *found,
                         const llvm::Twine &expected) const;

  /// Returns `found` as an object after checking that it has only the fields
  /// `fields` and that they conform to their rules. The root's key is empty.
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

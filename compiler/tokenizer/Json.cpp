//===- Json.cpp - Reads JSON of which every field must be known -----------===//

#include "compiler/tokenizer/Json.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace gptc;
using namespace llvm;

/// The maximum size of a file; parsed JSON takes ten times the memory of its
/// text.
static constexpr uint64_t largestFile = uint64_t{256} << 20;

Expected<std::unique_ptr<MemoryBuffer>> gptc::mapTokenizerFile(StringRef path) {
  Expected<std::unique_ptr<MemoryBuffer>> file = mapFile(path);
  if (file && (*file)->getBufferSize() > largestFile)
    return inputError(path, "file", Twine((*file)->getBufferSize()) + " bytes",
                      "at most " + Twine(largestFile));
  return file;
}

Expected<JsonFile> JsonFile::read(StringRef path) {
  Expected<std::unique_ptr<MemoryBuffer>> file = mapTokenizerFile(path);
  if (!file)
    return file.takeError();
  Expected<json::Value> value = parseJson((*file)->getBuffer(), path);
  if (!value)
    return value.takeError();
  return JsonFile(path, std::move(*value));
}

Error JsonFile::wrongValue(const Twine &key, const json::Value *found,
                           const Twine &expected) const {
  return inputError(path(), key, describe(found), expected);
}

/// Returns null if `value` conforms to `rule`, else what was expected.
static const char *brokenRule(FieldRule rule, const json::Value &value) {
  switch (rule) {
  case FieldRule::any:
    return nullptr;
  case FieldRule::mustBeFalse:
    return value == json::Value(false) || value == json::Value(nullptr)
               ? nullptr
               : "false";
  case FieldRule::mustBeTrue:
    return value == json::Value(true) ? nullptr : "true";
  case FieldRule::mustBeNull:
    return value == json::Value(nullptr) || value == json::Value("") ||
                   value == json::Value(0)
               ? nullptr
               : "null";
  }
  llvm_unreachable("a rule that is not known");
}

Expected<const json::Object *>
JsonFile::object(const Twine &key, const json::Value *found,
                 ArrayRef<JsonField> fields) const {
  std::string prefix = key.str();
  const json::Object *object = found ? found->getAsObject() : nullptr;
  if (!object)
    return wrongValue(prefix.empty() ? "JSON" : prefix, found, "an object");
  if (!prefix.empty())
    prefix += '.';
  for (const auto &[name, value] : *object) {
    const JsonField *field = llvm::find_if(
        fields, [&](const JsonField &f) { return f.name == StringRef(name); });
    if (field == fields.end()) {
      auto names = llvm::map_range(fields, [](auto &f) { return f.name; });
      return inputError(path(), prefix + quoted(name), "an unknown key",
                        "one of " + llvm::join(names, ", "));
    }
    if (const char *expected = brokenRule(field->rule, value))
      return wrongValue(prefix + field->name, &value, expected);
  }
  return object;
}

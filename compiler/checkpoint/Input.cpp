//===- Input.cpp - Reads untrusted files ----------------------------------===//

#include "compiler/checkpoint/Input.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Chrono.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace gptc;
using namespace llvm;

static constexpr size_t deepestNesting = 64;
static constexpr size_t longestShownText = 120;

Error gptc::inputError(const Twine &path, const Twine &what, const Twine &found,
                       const Twine &expected) {
  return createStringError(path + ": " + what + ": found " + found +
                           ", expected " + expected);
}

static Error cannotRead(const Twine &path, const Twine &why) {
  return createStringError("cannot read '" + path + "': " + why);
}

Expected<std::unique_ptr<MemoryBuffer>>
gptc::mapFile(const Twine &path, sys::fs::file_status *mapped) {
  sys::fs::file_status status;
  if (std::error_code code = sys::fs::status(path, status))
    return cannotRead(path, code.message());
  if (!sys::fs::is_regular_file(status)) // opening a pipe would wait
    return cannotRead(path, "it is not a regular file");
  auto opened = sys::fs::openNativeFileForRead(path);
  if (!opened)
    return cannotRead(path, toString(opened.takeError()));
  llvm::scope_exit close([&] { sys::fs::closeFile(*opened); });
  if (std::error_code code = sys::fs::status(*opened, status))
    return cannotRead(path, code.message());
  auto buffer =
      MemoryBuffer::getOpenFile(*opened, path, status.getSize(),
                                /*RequiresNullTerminator=*/false);
  if (!buffer)
    return cannotRead(path, buffer.getError().message());
  if (mapped)
    *mapped = status;
  return std::move(*buffer);
}

std::string gptc::joinPath(StringRef directory, StringRef file) {
  SmallString<128> path(directory);
  sys::path::append(path, file);
  return path.str().str();
}

static std::string describeState(const sys::fs::file_status &status) {
  return formatv("{0} bytes written at {1}", status.getSize(),
                 status.getLastModificationTime());
}

Error gptc::checkUnchanged(const Twine &path,
                           const sys::fs::file_status &mapped) {
  sys::fs::file_status now;
  if (std::error_code code = sys::fs::status(path, now))
    return cannotRead(path, code.message() + ", although it was opened");
  bool isSame = now.getUniqueID() == mapped.getUniqueID();
  if (isSame && now.getSize() == mapped.getSize() &&
      now.getLastModificationTime() == mapped.getLastModificationTime())
    return Error::success();
  return inputError(path, "file, which has changed while it was read",
                    (isSame ? "" : "another of ") + describeState(now),
                    describeState(mapped));
}

static Error noJson(const Twine &path, Error error) {
  return inputError(path, "text", toString(std::move(error)), "JSON");
}

namespace {
/// Checks the tokens of a JSON text before it is parsed.
class JsonScanner {
public:
  JsonScanner(StringRef text, const Twine &path) : text(text), path(path) {}

  Error scan() {
    for (size_t i = 0; i < text.size(); ++i) {
      switch (text[i]) {
      case '"':
        if (Error error = scanString(i))
          return error;
        break;
      case '{':
      case '[':
        if (keys.size() == deepestNesting)
          return inputError(path, "JSON",
                            "more than " + Twine(deepestNesting) + " levels",
                            "at most that");
        keys.emplace_back();
        break;
      case '}':
      case ']':
        if (!keys.empty())
          keys.pop_back();
      }
    }
    return Error::success();
  }

private:
  /// Moves `i` from a string's opening quote to its closing one. A string
  /// before a colon is a key.
  Error scanString(size_t &i) {
    size_t begin = i;
    for (++i; i < text.size() && text[i] != '"'; ++i)
      if (text[i] == '\\')
        ++i;
    StringRef rest = text.drop_front(std::min(i + 1, text.size())).ltrim();
    if (keys.empty() || !rest.starts_with(":"))
      return Error::success();
    // Different spellings of the same key are equal.
    auto key = json::parse(text.slice(begin, i + 1));
    if (!key)
      return noJson(path, key.takeError());
    StringRef name = key->getAsString().value_or("");
    if (!keys.back().insert(name).second)
      return inputError(path, "key " + quoted(name), "it twice", "it once");
    return Error::success();
  }

  StringRef text;
  const Twine &path;
  /// The keys so far of every object or array around the token.
  SmallVector<StringSet<>> keys;
};
} // namespace

Expected<json::Value> gptc::parseJson(StringRef text, const Twine &path) {
  if (Error error = JsonScanner(text, path).scan())
    return error;
  Expected<json::Value> value = json::parse(text);
  if (!value)
    return noJson(path, value.takeError());
  return value;
}

std::string gptc::quoted(StringRef text) {
  if (text.size() > longestShownText)
    return formatv("a text of {0} bytes", text.size());
  return formatv("{0}", json::Value(json::fixUTF8(text)));
}

std::string gptc::describe(const json::Value *value) {
  if (!value)
    return "nothing";
  if (std::optional<StringRef> text = value->getAsString())
    return quoted(*text);
  std::string text = formatv("{0}", *value);
  if (text.size() <= longestShownText)
    return text;
  return value->kind() == json::Value::Array ? "a long array"
                                             : "a large object";
}

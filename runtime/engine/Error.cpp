//===- Error.cpp - An error with an exit code and one line of text --------===//

#include "runtime/engine/Error.h"

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

using namespace gptc;

static std::string format(const char *format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  int size = vsnprintf(nullptr, 0, format, again);
  va_end(again);
  std::string text(size > 0 ? size : 0, '\0');
  vsnprintf(text.data(), text.size() + 1, format, arguments);
  return text;
}

Error Error::failure(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  Error error(ExitCode::failed, ::format(format, arguments));
  va_end(arguments);
  return error;
}

Error Error::usage(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  Error error(ExitCode::usage, ::format(format, arguments));
  va_end(arguments);
  return error;
}

Error Error::system(const std::string &subject) {
  return failure("%s: %s", subject.c_str(), strerror(errno));
}

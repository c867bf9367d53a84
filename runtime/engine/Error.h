//===- Error.h - An error with an exit code and one line of text ----------===//

#ifndef GPTC_RUNTIME_ENGINE_ERROR_H
#define GPTC_RUNTIME_ENGINE_ERROR_H

#include <string>

namespace gptc {

/// The exit codes of a compiled program.
enum class ExitCode : int {
  done = 0,
  failed = 1,
  usage = 2,
  wrongCpu = 3,
  interrupted = 130,
};

/// Success, or an exit code with one line of text: `if (Error error = ...)
/// return error;`. The line holds no program name and no newline, and is empty
/// for Ctrl-C.
class [[nodiscard]] Error {
public:
  Error() = default;
  Error(ExitCode code, std::string message)
      : exitCode(code), line(std::move(message)) {}

  [[gnu::format(printf, 1, 2)]] static Error failure(const char *format, ...);
  [[gnu::format(printf, 1, 2)]] static Error usage(const char *format, ...);
  /// Returns the error of a failed system call: `subject: strerror(errno)`.
  static Error system(const std::string &subject);

  explicit operator bool() const { return exitCode != ExitCode::done; }
  ExitCode code() const { return exitCode; }
  const std::string &message() const { return line; }

private:
  ExitCode exitCode = ExitCode::done;
  std::string line;
};

} // namespace gptc

#endif // GPTC_RUNTIME_ENGINE_ERROR_H

//===- Error.h - One line that says what went wrong -----------------------===//

#ifndef GPTC_RUNTIME_ENGINE_ERROR_H
#define GPTC_RUNTIME_ENGINE_ERROR_H

#include <string>

namespace gptc {

/// Exit codes of a compiled program.
enum class ExitCode : int {
  done = 0,
  failed = 1,
  usage = 2,
  wrongCpu = 3,
  interrupted = 130,
};

/// An exit code and its line, or nothing: `if (Error error = ...) return
/// error;`. The line has no program name and no newline; Ctrl-C has none.
class [[nodiscard]] Error {
public:
  Error() = default;
  Error(ExitCode code, std::string message)
      : exitCode(code), line(std::move(message)) {}

  [[gnu::format(printf, 1, 2)]] static Error failure(const char *format, ...);
  [[gnu::format(printf, 1, 2)]] static Error usage(const char *format, ...);
  /// A failed system call: `subject: what errno says`.
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

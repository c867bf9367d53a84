//===- Options.h - The flags of a compiled program ------------------------===//

#ifndef GPTC_RUNTIME_PROGRAM_OPTIONS_H
#define GPTC_RUNTIME_PROGRAM_OPTIONS_H

#include "runtime/engine/Abi.h"
#include "runtime/engine/Error.h"
#include "runtime/engine/Sampler.h"
#include "runtime/text/ChatFormats.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gptc {

/// The parsed flags. Pointers and views point into argv.
struct Options {
  enum class Action { generate, perplexity, about, help, version };

  Action action = Action::generate;
  const char *prompt = nullptr;
  const char *promptFile = nullptr;
  std::optional<std::vector<int32_t>> tokens;
  const char *perplexityFile = nullptr;
  int64_t perplexityWindows = -1; ///< -1 means all
  int64_t predict = -1;           ///< tokens to generate; -1 means no limit
  int64_t context = 0;
  int64_t threads = 0;
  int64_t chunk = 0;
  SamplerOptions sampler;
  std::optional<uint64_t> seed;
  bool ignoreEos = false;
  std::vector<std::string_view> stops;
  bool displayPrompt = true;
  bool printIds = false;
  const char *logitsFile = nullptr;
  bool interactive = false;
  bool chat = false; ///< whether -chat or --chat-template requires a chat
  const ChatFormat *chatFormat = nullptr; ///< null: the model's own
  std::optional<std::string_view> system;
  /// A note for the user that is not an error, or empty.
  std::string notice;
};

/// Parses the flags and fills in the defaults that depend on the model and the
/// machine.
Error parseOptions(int argc, char **argv, const gptc_model_info &model,
                   Options &options);

std::string helpText(const char *program, const gptc_model_info &model);

} // namespace gptc

#endif // GPTC_RUNTIME_PROGRAM_OPTIONS_H

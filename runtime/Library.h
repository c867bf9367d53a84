//===- Library.h - What the implementation files of gptc.h share ----------===//

#ifndef GPTC_RUNTIME_LIBRARY_H
#define GPTC_RUNTIME_LIBRARY_H

#include "runtime/engine/Container.h"
#include "runtime/gptc.h"
#include "runtime/text/Tokenizer.h"

namespace gptc {

/// Stores the error's line for gptc_last_error() and returns the status.
gptc_status fail(gptc_status status, const Error &error);
gptc_status fail(const Error &error);

/// Returns an error if the `value` of the argument `name` is not in [least,
/// most].
Error checkRange(const char *name, int64_t value, int64_t least, int64_t most);

} // namespace gptc

struct gptc_model {
  const gptc_model_info &info;
  gptc::Container container;
  gptc::Tokenizer tokenizerStorage = {};
  const gptc::Tokenizer *tokenizer = nullptr; ///< null if the model has none

  gptc::Error open(const char *weights);
};

#endif // GPTC_RUNTIME_LIBRARY_H

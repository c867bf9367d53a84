//===- gptc-compare.cpp - Compares logits and activations in tests --------===//
//
// gptc-compare LOGITS.npy --expected FILE.json --sequence N --limit L
//   Compares with `logits[N]` of the file, each within L * max |logit|.
// gptc-compare LOGITS.npy --expected FILE.json --case N --limit L
//   Compares the last row with `cases[N].last_logits`.
// gptc-compare LOGITS.npy --expected FILE.json --losses --limit L
//   Compares the loss of each token of `tale.tokens` with `tale.losses`,
//   within L.
// gptc-compare LOGITS.npy --expected OTHER.npy --limit L [--kl K]
//   Compares all logits; also requires a mean over rows of
//   KL(expected || actual) of at most K.
// gptc-compare LOGITS.npy --equal OTHER.npy
//   Requires the same bits.
// gptc-compare ALL.safetensors --expected GOLDEN.safetensors --sequence N
//     --limit L KEY=GOLDEN ...
//   Compares activations within L. The golden ones have a batch as first
//   dimension, of which entry N counts. A KEY may be `a+b`, which concatenates
//   columns, or `softmax(a)`.
//
// `--rows A:B` restricts LOGITS.npy to rows A to B - 1. A difference is printed
// with its position and both values, and the exit code is 1.
//
//===----------------------------------------------------------------------===//

#include "Tensors.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>

using namespace gptc;
using namespace llvm;

static cl::opt<std::string> actualFile(cl::Positional, cl::Required);
static cl::list<std::string> keys(cl::Positional);
static cl::opt<std::string> expectedFile("expected");
static cl::opt<std::string> equalFile("equal");
static cl::opt<int> sequence("sequence", cl::init(-1));
static cl::opt<int> promptCase("case", cl::init(-1));
static cl::opt<bool> losses("losses");
static cl::opt<std::string> rowRange("rows");
static cl::opt<double> limit("limit", cl::init(-1));
static cl::opt<double> klLimit("kl", cl::init(-1));

static ExitOnError exitOnError("gptc-compare: ");

template <typename... Ts>
[[noreturn]] static void fail(const char *message, const Ts &...values) {
  errs() << "gptc-compare: " << format(message, values...) << '\n';
  exit(1);
}

/// Fails at the first value that differs from the expected one by more than
/// `limit`.
static void compare(StringRef name, const Tensor &actual,
                    const Tensor &expected, double limit) {
  if (actual.values.size() != expected.values.size() ||
      actual.columns() != expected.columns())
    fail("%s: %lld rows of %lld values but %lld of %lld were expected",
         name.str().c_str(), (long long)actual.rows(),
         (long long)actual.columns(), (long long)expected.rows(),
         (long long)expected.columns());
  double largest = 0;
  for (auto [i, a, b] : enumerate(actual.values, expected.values)) {
    double difference = a == b ? 0 : std::abs(a - b);
    if (!(difference <= limit)) // NaN fails, too
      fail("%s: row %lld, column %lld: %.9g but %.9g was expected, within %.3g",
           name.str().c_str(), (long long)(i / actual.columns()),
           (long long)(i % actual.columns()), a, b, limit);
    largest = std::max(largest, difference);
  }
  outs() << format("%s: differs by at most %.3g of %.3g\n", name.str().c_str(),
                   largest, limit);
}

static double largestMagnitude(const Tensor &tensor) {
  double largest = 0;
  for (double value : tensor.values)
    largest = std::max(largest, std::abs(value));
  return largest;
}

static ArrayRef<double> row(const Tensor &tensor, int64_t index) {
  return ArrayRef(tensor.values)
      .slice(index * tensor.columns(), tensor.columns());
}

static Tensor takeRows(const Tensor &tensor, int64_t first, int64_t last) {
  if (first < 0 || last < first || last > tensor.rows())
    fail("rows %lld to %lld of %lld", (long long)first, (long long)last,
         (long long)tensor.rows());
  Tensor rows{{last - first, tensor.columns()}, {}};
  for (int64_t index = first; index < last; ++index)
    append_range(rows.values, row(tensor, index));
  return rows;
}

/// Returns log softmax of a row.
static std::vector<double> logProbabilities(ArrayRef<double> logits) {
  double largest = *max_element(logits), sum = 0;
  for (double logit : logits)
    sum += std::exp(logit - largest);
  std::vector<double> result;
  for (double logit : logits)
    result.push_back(logit - largest - std::log(sum));
  return result;
}

//===----------------------------------------------------------------------===//
// Logits
//===----------------------------------------------------------------------===//

static void compareDivergence(const Tensor &actual, const Tensor &expected) {
  double sum = 0;
  for (int64_t index = 0; index < actual.rows(); ++index) {
    auto p = logProbabilities(row(expected, index));
    auto q = logProbabilities(row(actual, index));
    for (auto [x, y] : zip_equal(p, q))
      sum += std::exp(x) * (x - y);
  }
  double mean = sum / actual.rows();
  if (!(mean <= klLimit))
    fail("mean KL divergence is %.3g but at most %.3g was expected", mean,
         double(klLimit));
  outs() << format("mean KL divergence %.3g of %.3g\n", mean, double(klLimit));
}

static const json::Value &member(const json::Value &value, StringRef key,
                                 int index = -1) {
  auto *object = value.getAsObject();
  auto *found = object ? object->get(key) : nullptr;
  if (found && index >= 0) {
    auto *array = found->getAsArray();
    found = array && size_t(index) < array->size() ? &(*array)[index] : nullptr;
  }
  if (!found)
    fail("%s: no '%s'", expectedFile.c_str(), key.str().c_str());
  return *found;
}

static void compareLosses(const Tensor &actual, const json::Value &tale) {
  Tensor tokens = exitOnError(toTensor(member(tale, "tokens")));
  Tensor found{{actual.rows() - 1}, {}};
  for (int64_t index = 0; index + 1 < actual.rows(); ++index) {
    size_t next = index + 1 < int64_t(tokens.values.size())
                      ? tokens.values[index + 1]
                      : SIZE_MAX;
    if (next >= size_t(actual.columns()))
      fail("row %lld has no next token", (long long)index);
    found.values.push_back(-logProbabilities(row(actual, index))[next]);
  }
  compare("losses", found, exitOnError(toTensor(member(tale, "losses"))),
          limit);
}

static void compareLogits(Tensor actual) {
  if (sequence < 0 && promptCase < 0 && !losses) {
    Tensor expected = exitOnError(readNpy(expectedFile));
    compare("logits", actual, expected, limit * largestMagnitude(expected));
    if (klLimit >= 0)
      compareDivergence(actual, expected);
    return;
  }
  json::Value file = exitOnError(readJson(expectedFile));
  if (losses)
    return compareLosses(actual, member(file, "tale"));
  Tensor expected;
  if (promptCase >= 0) {
    expected = exitOnError(
        toTensor(member(member(file, "cases", promptCase), "last_logits")));
    actual = takeRows(actual, actual.rows() - 1, actual.rows());
  } else {
    expected = exitOnError(toTensor(member(file, "logits", sequence)));
  }
  compare("logits", actual, expected, limit * largestMagnitude(expected));
}

static void compareBits(const Tensor &actual, const Tensor &expected) {
  if (actual.shape != expected.shape)
    fail("%lld rows but %lld were expected, or other columns",
         (long long)actual.rows(), (long long)expected.rows());
  for (auto [i, a, b] : enumerate(actual.values, expected.values))
    if (bit_cast<uint64_t>(a) != bit_cast<uint64_t>(b))
      fail("row %lld, column %lld: %.9g but %.9g was expected",
           (long long)(i / actual.columns()), (long long)(i % actual.columns()),
           a, b);
  outs() << format("%lld rows are equal\n", (long long)actual.rows());
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

using Tensors = std::map<std::string, Tensor>;

static const Tensor &find(const Tensors &tensors, StringRef file,
                          StringRef key) {
  auto found = tensors.find(key.str());
  if (found == tensors.end())
    fail("%s: no '%s'", file.str().c_str(), key.str().c_str());
  return found->second;
}

/// Evaluates `a`, `a+b` or `softmax(a)`.
static Tensor evaluate(const Tensors &tensors, StringRef expression) {
  if (expression.consume_front("softmax(") && expression.consume_back(")")) {
    Tensor result = find(tensors, actualFile, expression);
    result.values.clear();
    const Tensor &logits = find(tensors, actualFile, expression);
    for (int64_t index = 0; index < logits.rows(); ++index)
      for (double x : logProbabilities(row(logits, index)))
        result.values.push_back(std::exp(x));
    return result;
  }
  std::vector<const Tensor *> parts;
  for (StringRef key : split(expression, '+'))
    parts.push_back(&find(tensors, actualFile, key));
  if (parts.size() == 1)
    return *parts.front();
  Tensor joined{{parts.front()->rows(), 0}, {}};
  for (const Tensor *part : parts) {
    joined.shape[1] += part->columns();
    if (part->rows() != joined.shape[0])
      fail("%s: different numbers of rows", expression.str().c_str());
  }
  for (int64_t index = 0; index < joined.shape[0]; ++index)
    for (const Tensor *part : parts)
      append_range(joined.values, row(*part, index));
  return joined;
}

/// Returns entry `sequence` of a batch; a batch of one entry serves all
/// sequences.
static Tensor takeEntry(const Tensor &batch, StringRef key) {
  if (batch.shape.size() < 2 || sequence < 0 ||
      (batch.shape[0] > 1 && sequence >= batch.shape[0]))
    fail("%s: no entry %d", key.str().c_str(), int(sequence));
  int64_t size = batch.values.size() / batch.shape[0];
  int64_t entry = batch.shape[0] == 1 ? 0 : int(sequence);
  return {SmallVector<int64_t>(ArrayRef(batch.shape).drop_front()),
          ArrayRef(batch.values).slice(entry * size, size).vec()};
}

/// Reshapes [heads, T, size] to [T, heads * size].
static Tensor joinHeads(const Tensor &tensor) {
  int64_t heads = tensor.shape[0], tokens = tensor.shape[1];
  Tensor joined{{tokens, heads * tensor.columns()}, {}};
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t h = 0; h < heads; ++h)
      append_range(joined.values, row(tensor, h * tokens + t));
  return joined;
}

static void compareActivations() {
  Tensors actual = exitOnError(readSafetensors(actualFile));
  Tensors golden = exitOnError(readSafetensors(expectedFile));
  for (StringRef pair : keys) {
    auto [key, goldenKey] = pair.split('=');
    Tensor found = evaluate(actual, key);
    Tensor expected =
        takeEntry(find(golden, expectedFile, goldenKey), goldenKey);
    if (found.shape.size() == 2 && expected.shape.size() == 3)
      expected = joinHeads(expected);
    compare(pair, found, expected, limit);
  }
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cl::ParseCommandLineOptions(argc, argv);
  if (equalFile.empty() && (expectedFile.empty() || limit < 0))
    fail("--equal, or --expected and --limit, must be given");
  if (!keys.empty()) {
    compareActivations();
    return 0;
  }
  Tensor actual = exitOnError(readNpy(actualFile));
  if (!rowRange.empty()) {
    auto [first, last] = StringRef(rowRange).split(':');
    int64_t from, to;
    if (first.getAsInteger(10, from) || last.getAsInteger(10, to))
      fail("--rows %s is not A:B", rowRange.c_str());
    actual = takeRows(actual, from, to);
  }
  if (equalFile.empty())
    compareLogits(std::move(actual));
  else
    compareBits(actual, exitOnError(readNpy(equalFile)));
  return 0;
}

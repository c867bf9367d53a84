//===- Attention.cpp - Attention and the KV cache -------------------------===//

#include "dialect/interpreter/Arithmetic.h"
#include "dialect/interpreter/Call.h"
#include <limits>

using namespace mlir;
using namespace gptc;
using namespace gptc::gpt;
using llvm::Error;
using llvm::Expected;

Error Interpreter::Call::checkHeads(Operation *op, StringRef operand,
                                    const Tensor &tensor, int64_t channels,
                                    Value positions, Value sequences) const {
  int64_t tokens = ids(positions).size(), inSequence = ids(sequences).size();
  if (tokens != inSequence)
    return fail(op, "there are " + Twine(tokens) + " positions but " +
                        Twine(inSequence) + " sequences");
  return checkShape(op, operand, tensor, {tokens, channels});
}

Error Interpreter::Call::append(KvAppendOp op) {
  const Tensor &key = tensor(op.getKey()), &value = tensor(op.getValue());
  for (auto [operand, tensor] : {std::pair("key", &key), {"value", &value}})
    if (Error error =
            checkHeads(op, operand, *tensor, op.getKvHeads() * op.getHeadSize(),
                       op.getPositions(), op.getSequences()))
      return error;
  ArrayRef<int32_t> sequences = ids(op.getSequences());
  for (auto [t, position] : llvm::enumerate(ids(op.getPositions()))) {
    if (position < 0)
      return fail(op, "position is " + Twine(position) +
                          " but 0 or more was expected");
    state.caches[{op.getCache(), sequences[t], index(op.getLayer())}]
                [position] = {key.row(t).vec(), value.row(t).vec()};
  }
  return Error::success();
}

Expected<std::vector<const KeyAndValue *>>
Interpreter::Call::past(AttentionOp op, int32_t sequence,
                        int32_t position) const {
  if (position < 0)
    return fail(op, "position is " + Twine(position) +
                        " but 0 or more was expected");
  const auto &written =
      state.caches[{op.getCache(), sequence, index(op.getLayer())}];
  std::vector<const KeyAndValue *> past;
  for (auto next = written.begin(); int64_t(past.size()) <= position; ++next) {
    if (next == written.end() || next->first != int64_t(past.size()))
      return fail(op, "position " + Twine(past.size()) + " of sequence " +
                          Twine(sequence) + " was never written");
    past.push_back(&next->second);
  }
  return past;
}

namespace {
/// One head of one row.
struct Head {
  std::vector<double> scores, probabilities;
  std::vector<float> result;
};

/// The intermediate results of attention, (heads, tokens, positions), which
/// activations show.
struct AttentionRecord {
  static constexpr float masked = -std::numeric_limits<float>::infinity();

  AttentionRecord(int64_t heads, int64_t tokens, int64_t positions)
      : scores{{heads, tokens, positions}, {}}, probabilities(scores) {
    int64_t size = heads * tokens * positions;
    scores.values.assign(size, masked);
    probabilities.values.assign(size, 0);
  }

  void set(int64_t head, int64_t token, const Head &computed) {
    int64_t start = (head * scores.shape[1] + token) * scores.shape[2];
    llvm::copy(computed.scores, scores.values.begin() + start);
    llvm::copy(computed.probabilities, probabilities.values.begin() + start);
  }

  Tensor scores, probabilities;
};
} // namespace

/// Computes one head, whose keys and values begin at `offset` of each
/// position's.
static Head attend(AttentionOp op, ArrayRef<float> query,
                   ArrayRef<const KeyAndValue *> past, int64_t offset,
                   float scale) {
  Head head;
  int64_t first = op.getWindow() ? int64_t(past.size() - *op.getWindow()) : 0;
  for (auto [position, at] : llvm::enumerate(past)) {
    double score =
        scale * dot(query, ArrayRef(at->key).slice(offset, query.size()));
    head.scores.push_back(int64_t(position) < first
                              ? AttentionRecord::masked
                              : softCap(op.getSoftCap(), score));
  }
  head.probabilities = softmax(head.scores);
  for (size_t c = 0; c < query.size(); ++c) {
    double sum = 0;
    for (auto [at, probability] : llvm::zip_equal(past, head.probabilities))
      sum += probability * at->value[offset + c];
    head.result.push_back(sum);
  }
  return head;
}

Expected<RuntimeValue> Interpreter::Call::compute(AttentionOp op) {
  const Tensor &query = tensor(op.getQuery());
  if (Error error =
          checkHeads(op, "query", query, op.getHeads() * op.getHeadSize(),
                     op.getPositions(), op.getSequences()))
    return error;
  std::vector<std::vector<const KeyAndValue *>> pasts;
  size_t longest = 0;
  for (auto [position, sequence] :
       llvm::zip_equal(ids(op.getPositions()), ids(op.getSequences()))) {
    auto past = this->past(op, sequence, position);
    if (!past)
      return past.takeError();
    longest = std::max(longest, past->size());
    pasts.push_back(std::move(*past));
  }

  int64_t heads = op.getHeads(), size = op.getHeadSize();
  float scale = std::get<float>(lookup(op.getScale()));
  std::string called = state.activation ? name(op) : "";
  AttentionRecord record(called.empty() ? 0 : heads, pasts.size(), longest);
  std::vector<float> values;
  for (auto [t, past] : llvm::enumerate(pasts))
    for (int64_t h = 0; h < heads; ++h) {
      Head head = attend(op, query.row(t).slice(h * size, size), past,
                         h / op.getSharing() * size, scale);
      llvm::append_range(values, head.result);
      if (!called.empty())
        record.set(h, t, head);
    }
  if (!called.empty()) {
    std::string prefix = called.substr(0, called.rfind('.') + 1);
    state.activation(prefix + "scores", record.scores, record.masked);
    state.activation(prefix + "probabilities", record.probabilities, 0);
  }
  return makeTensor(query.shape, std::move(values));
}

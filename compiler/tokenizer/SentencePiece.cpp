//===- SentencePiece.cpp - Reads tokenizer.model --------------------------===//
//
// The file is a protocol buffer, sentencepiece_model.proto of SentencePiece.
// Only those of its many fields are read that influence ids.
//
//===----------------------------------------------------------------------===//

#include "compiler/checkpoint/Input.h"
#include "compiler/tokenizer/Json.h"
#include "compiler/tokenizer/Readers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"

using namespace gptc;
using namespace llvm;

//===----------------------------------------------------------------------===//
// Protocol buffers
//===----------------------------------------------------------------------===//

namespace {

/// Iterates over the fields of a message.
class Message {
public:
  Message(StringRef path, const Twine &name, StringRef bytes)
      : path(path), name(name.str()), rest(bytes) {}

  /// Moves to the next field; returns false at the end.
  Expected<bool> next();

  uint64_t number = 0; ///< the field's number
  uint64_t value = 0;  ///< of a numeric field
  StringRef bytes;     ///< of a text or message

private:
  enum WireType { varint = 0, fixed64 = 1, sized = 2, fixed32 = 5 };

  bool readVarint(uint64_t &out);
  bool readBytes(uint64_t size);
  bool readField(uint64_t wireType);

  StringRef path;
  std::string name;
  StringRef rest;
};

} // namespace

bool Message::readVarint(uint64_t &out) {
  out = 0;
  for (unsigned shift = 0; shift < 64 && !rest.empty(); shift += 7) {
    auto byte = static_cast<uint8_t>(rest.front());
    rest = rest.drop_front();
    out |= uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80)
      return true;
  }
  return false;
}

bool Message::readBytes(uint64_t size) {
  if (size > rest.size())
    return false;
  bytes = rest.take_front(size);
  rest = rest.drop_front(size);
  return true;
}

bool Message::readField(uint64_t wireType) {
  uint64_t size;
  switch (wireType) {
  case varint:
    return readVarint(value);
  case fixed64:
    return readBytes(8);
  case sized:
    return readVarint(size) && readBytes(size);
  case fixed32:
    if (!readBytes(4))
      return false;
    value = support::endian::read32le(bytes.data());
    return true;
  default:
    return false;
  }
}

Expected<bool> Message::next() {
  if (rest.empty())
    return false;
  uint64_t tag;
  bytes = StringRef();
  value = 0;
  if (!readVarint(tag) || !readField(tag & 7))
    return inputError(path, name, "a field that is cut or of an unknown type",
                      "a protocol buffer");
  number = tag >> 3;
  return true;
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

namespace {

struct Piece {
  StringRef text;
  float score = 0;
  int64_t type = static_cast<int64_t>(PieceType::normal);
};

/// The contents of a file; the initializers are the format's default values.
struct SentencePieceModel {
  std::vector<Piece> pieces;
  uint64_t modelType = 1;
  bool spacesAreSuffixes = false;
  int32_t unknown = 0, bos = 1, eos = 2;
  bool addsDummyPrefix = true;
  bool removesExtraSpaces = true;
  bool escapesSpaces = true;
  bool hasCharacterMap = false;
};

/// Reads the messages of a file into a model.
class Reader {
public:
  Reader(StringRef path, SentencePieceModel &model)
      : path(path), model(model) {}

  Error readModel(StringRef bytes);
  Error check() const;

private:
  Error readPiece(StringRef bytes);
  Error readTrainer(StringRef bytes);
  Error readNormalizer(StringRef bytes);

  /// Calls `take(field)` for every field of a message.
  template <typename Take>
  Error readMessage(const Twine &name, StringRef bytes, Take take) {
    Message message(path, name, bytes);
    while (true) {
      Expected<bool> hasField = message.next();
      if (!hasField)
        return hasField.takeError();
      if (!*hasField)
        return Error::success();
      if (Error error = take(message))
        return error;
    }
  }

  StringRef path;
  SentencePieceModel &model;
};

} // namespace

Error Reader::readPiece(StringRef bytes) {
  Piece piece;
  std::string name = ("piece " + Twine(model.pieces.size())).str();
  Error error = readMessage(name, bytes, [&](const Message &field) {
    if (field.number == 1)
      piece.text = field.bytes;
    else if (field.number == 2)
      piece.score = bit_cast<float>(static_cast<uint32_t>(field.value));
    else if (field.number == 3)
      piece.type = static_cast<int64_t>(field.value);
    return Error::success();
  });
  model.pieces.push_back(piece);
  return error;
}

Error Reader::readTrainer(StringRef bytes) {
  return readMessage("trainer_spec", bytes, [&](const Message &field) {
    if (field.number == 3)
      model.modelType = field.value;
    else if (field.number == 24)
      model.spacesAreSuffixes = field.value != 0;
    else if (field.number == 40)
      model.unknown = static_cast<int32_t>(field.value);
    else if (field.number == 41)
      model.bos = static_cast<int32_t>(field.value);
    else if (field.number == 42)
      model.eos = static_cast<int32_t>(field.value);
    return Error::success();
  });
}

Error Reader::readNormalizer(StringRef bytes) {
  return readMessage("normalizer_spec", bytes, [&](const Message &field) {
    if (field.number == 2)
      model.hasCharacterMap = !field.bytes.empty();
    else if (field.number == 3)
      model.addsDummyPrefix = field.value != 0;
    else if (field.number == 4)
      model.removesExtraSpaces = field.value != 0;
    else if (field.number == 5)
      model.escapesSpaces = field.value != 0;
    return Error::success();
  });
}

Error Reader::readModel(StringRef bytes) {
  return readMessage("file", bytes, [&](const Message &field) -> Error {
    switch (field.number) {
    case 1:
      return readPiece(field.bytes);
    case 2:
      return readTrainer(field.bytes);
    case 3:
      return readNormalizer(field.bytes);
    default:
      return Error::success();
    }
  });
}

/// Checks that the model needs nothing that the runtime does differently.
Error Reader::check() const {
  static constexpr StringLiteral types[] = {"UNIGRAM", "BPE", "WORD", "CHAR"};
  if (model.pieces.empty())
    return inputError(path, "pieces", "none", "a SentencePiece model");
  if (model.modelType != 2)
    return inputError(path, "trainer_spec.model_type",
                      model.modelType - 1 < std::size(types)
                          ? types[model.modelType - 1].str()
                          : std::to_string(model.modelType),
                      "BPE");
  struct Rule {
    const char *name;
    bool found, expected;
  };
  for (const Rule &rule :
       {Rule{"trainer_spec.treat_whitespace_as_suffix",
             model.spacesAreSuffixes, false},
        Rule{"normalizer_spec.remove_extra_whitespaces",
             model.removesExtraSpaces, false},
        Rule{"normalizer_spec.escape_whitespaces", model.escapesSpaces, true}})
    if (rule.found != rule.expected)
      return inputError(path, rule.name, rule.found ? "true" : "false",
                        rule.expected ? "true" : "false");
  if (model.hasCharacterMap)
    return inputError(path, "normalizer_spec.precompiled_charsmap",
                      "a map of characters", "the normalizer identity");
  return Error::success();
}

Expected<BpeBuilder> gptc::readSentencePiece(StringRef path) {
  Expected<std::unique_ptr<MemoryBuffer>> file = mapTokenizerFile(path);
  if (!file)
    return file.takeError();
  SentencePieceModel model;
  Reader reader(path, model);
  if (Error error = reader.readModel((*file)->getBuffer()))
    return std::move(error);
  if (Error error = reader.check())
    return std::move(error);

  BpeBuilder builder(TokenizerKind::sentencePiece);
  std::vector<float> scores;
  for (auto [id, piece] : enumerate(model.pieces)) {
    if (Error error = builder.addPiece(path, piece.text, id, piece.type))
      return std::move(error);
    scores.push_back(piece.score);
  }
  if (Error error = builder.addMergesByScore(path, scores))
    return std::move(error);

  BpeTokenizer &tokenizer = builder.tokenizer();
  auto tokenOf = [&](int32_t id) {
    return static_cast<size_t>(id) < model.pieces.size() ? id : -1;
  };
  tokenizer.unknown = tokenOf(model.unknown);
  tokenizer.bos = tokenOf(model.bos);
  tokenizer.eos = tokenOf(model.eos);
  tokenizer.flags = joinsUnknown;
  if (tokenizer.bos >= 0)
    tokenizer.flags |= addsBos;
  // The conversion to tokenizer.json does the same: it also puts the prefix in
  // front of text after a special token.
  if (model.addsDummyPrefix)
    tokenizer.flags |= addsSpace | addsSpaceAfterAdded | dropsFirstSpace;
  return builder;
}

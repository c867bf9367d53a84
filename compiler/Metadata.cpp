//===- Metadata.cpp - Describes a program for --about ---------------------===//

#include "compiler/Metadata.h"

#include "compiler/checkpoint/Checkpoint.h"
#include "compiler/checkpoint/Input.h"
#include "compiler/codegen/Target.h"
#include "dialect/WeightLayout.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatAdapters.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace gptc {

static void writeModel(raw_ostream &out, gpt::ModelOp model) {
  out << formatv("{0}: {1}, {2} layers of {3} channels, {4} heads of {5}",
                 model.getName(), model.getFamily(), model.getLayers(),
                 model.getChannels(), model.getHeads(), model.getHeadSize());
  if (model.getKvHeads() != model.getHeads())
    out << formatv(", {0} KV heads", model.getKvHeads());
  out << formatv(", context {0}, vocabulary {1}\n", model.getContextLength(),
                 model.getVocabulary());
}

static uint64_t countParameters(gpt::WeightOp weight) {
  uint64_t count = weight.getLayers().value_or(1);
  for (int64_t size : weight.getTensorType().getShape())
    count = SaturatingMultiply(count, uint64_t(size));
  return count;
}

static void writeChat(raw_ostream &out, mlir::ModuleOp module) {
  for (auto tokenizer : module.getOps<gpt::TokenizerOp>())
    if (gpt::ChatAttr chat = tokenizer.getChatAttr()) {
      out << "chat: " << chat.getFormat();
      if (!chat.getSystem().empty())
        out << ", system " << quoted(chat.getSystem());
      out << '\n';
    }
}

/// Writes a row for every weight with its packed size.
static void writeParameters(raw_ostream &out, mlir::ModuleOp module) {
  int64_t totalBytes;
  uint64_t totalParameters = 0;
  auto placements = gpt::placeWeights(module, totalBytes);
  size_t width = StringRef("weight").size();
  for (auto weight : module.getOps<gpt::WeightOp>())
    width = std::max(width, weight.getSymName().size());

  auto writeRow = [&](auto name, auto layers, auto shape, auto type,
                      auto parameters, auto bytes) {
    out << formatv("  {0} {1,6} {2,15} {3,5} {4,15} {5,15}\n",
                   fmt_align(name, AlignStyle::Left, width), layers, shape,
                   type, parameters, bytes);
  };
  out << "parameters\n";
  writeRow("weight", "layers", "shape", "type", "parameters", "bytes");
  for (auto weight : module.getOps<gpt::WeightOp>()) {
    std::string type;
    raw_string_ostream(type) << weight.getStorageType().getElementType();
    int64_t layers = weight.getLayers().value_or(1);
    uint64_t parameters = countParameters(weight);
    totalParameters = SaturatingAdd(totalParameters, parameters);
    writeRow(weight.getSymName(), layers,
             describe(weight.getTensorType().getShape()), type, parameters,
             placements.lookup(weight.getSymNameAttr()).layerStride * layers);
  }
  writeRow("total", "", "", "", totalParameters, totalBytes);
}

/// A hash that is not known yet takes as much room as one that is.
static constexpr size_t hashDigits = 32;

static void writeSources(raw_ostream &out, mlir::ModuleOp module) {
  SmallVector<std::pair<StringRef, StringRef>> sources;
  for (auto source :
       gpt::getModel(module).getSources().getAsRange<gpt::SourceAttr>())
    sources.emplace_back(source.getFile(), source.getContent());
  // A tokenizer's source has only a header hash.
  for (auto tokenizer : module.getOps<gpt::TokenizerOp>())
    sources.emplace_back(tokenizer.getSource().getFile(),
                         tokenizer.getSource().getHeader());
  size_t width = 0;
  for (auto [file, hash] : sources)
    width = std::max(width, file.size());
  out << "sources, by XXH3-128 of their content\n";
  for (auto [file, hash] : sources)
    out << formatv("  {0} {1}\n", fmt_align(file, AlignStyle::Left, width),
                   fmt_align(hash, AlignStyle::Left, hashDigits));
}

std::string describeProgram(mlir::ModuleOp module, const Target &target) {
  std::string text;
  raw_string_ostream out(text);
  writeModel(out, gpt::getModel(module));
  writeChat(out, module);
  writeParameters(out, module);
  writeSources(out, module);
  out << formatv("compiled by gptc {0}\n"
                 "  target   {1}\n"
                 "  cpu      {2}\n"
                 "  features {3}\n",
                 GPTC_VERSION, target.getName(), target.getCpu(),
                 target.getRequiredFeatures());
  return text;
}

} // namespace gptc

//===- Executable.cpp - Writes a compiled model with its weights ----------===//

#include "compiler/Executable.h"

#include "compiler/Metadata.h"
#include "compiler/ProgressBar.h"
#include "compiler/codegen/Container.h"
#include "compiler/codegen/Packer.h"
#include "compiler/tokenizer/Tokenizer.h"
#include "dialect/WeightLayout.h"
#include "runtime/engine/Abi.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Threading.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace gptc {

namespace {
/// The content of the container.
struct Content {
  /// A placeholder of the final size. What is written also has the hashes of
  /// the checkpoint's files, which are computed while the weights are packed.
  std::string metadata;
  std::vector<char> tokenizer;
  std::string chat;
  int64_t weightBytes;
  uint64_t fingerprint;
};
} // namespace

static Expected<Content> makeContent(Model &model, const Target &target) {
  Content content;
  content.metadata = describeProgram(model.getModule(), target);
  auto tokenizer = model.findTokenizer();
  if (!tokenizer)
    return tokenizer.takeError();
  if (*tokenizer)
    if (Error error = compileTokenizer(model.getFolder(), **tokenizer)
                          .moveInto(content.tokenizer))
      return error;
  for (auto op : model.getModule().getOps<gpt::TokenizerOp>())
    if (gpt::ChatAttr chat = op.getChatAttr())
      content.chat = (chat.getFormat() + "\n" + (chat.getBos() ? "bos" : "") +
                      "\n" + chat.getSystem())
                         .str();
  gpt::placeWeights(model.getModule(), content.weightBytes);
  content.fingerprint = gpt::fingerprint(model.getModule());
  return content;
}

/// Checks that the disk has room for the output before anything is written.
static Error checkSpace(StringRef path, uint64_t bytes, bool verbose) {
  StringRef folder = sys::path::parent_path(path);
  if (folder.empty())
    folder = ".";
  auto space = sys::fs::disk_space(folder);
  if (!space)
    return createStringError("cannot write '" + path +
                             "': " + space.getError().message());
  auto mebibytes = [](uint64_t bytes) { return double(bytes) / (1 << 20); };
  if (bytes > space->available)
    return createStringError(formatv(
        "cannot write '{0}': it takes {1:f1} MiB but its disk has {2:f1} MiB "
        "left",
        path, mebibytes(bytes), mebibytes(space->available)));
  if (verbose)
    errs() << formatv("packing takes {0:f1} MiB of disk, of {1:f1} MiB left, "
                      "and {2} MiB of memory\n",
                      mebibytes(bytes), mebibytes(space->available),
                      hardware_concurrency().compute_thread_count());
  return Error::success();
}

/// Prints the memory use of the program, as far as it does not depend on the
/// program's flags.
static void printMemoryUse(Model &model, int64_t weightBytes) {
  auto use = model.getModule()->getAttrOfType<gpt::MemoryAttr>(
      gpt::memoryAttrName);
  if (!use)
    return;
  errs() << formatv("running takes {0} bytes of weights, {1} of buffers, {2} "
                    "for each thread and {3} of cache for every {4} positions\n",
                    weightBytes, use.getBuffers(), use.getThread(),
                    use.getCache(), GPTC_BLOCK_POSITIONS);
}

/// Creates the container and writes all sections but the weights and the
/// metadata.
static Expected<ContainerWriter>
beginContainer(StringRef path, StringRef program, const Content &content) {
  SmallVector<ContainerWriter::Section> sections = {
      {SectionKind::metadata, content.metadata.size()}};
  if (!content.tokenizer.empty())
    sections.push_back({SectionKind::tokenizer, content.tokenizer.size()});
  if (!content.chat.empty())
    sections.push_back({SectionKind::chat, content.chat.size()});
  sections.push_back({SectionKind::weights, uint64_t(content.weightBytes)});
  auto writer =
      ContainerWriter::create(path, program, content.fingerprint, sections);
  if (!writer)
    return writer;
  if (!content.tokenizer.empty())
    if (Error error =
            writer->write(SectionKind::tokenizer, 0, content.tokenizer))
      return error;
  if (!content.chat.empty())
    if (Error error = writer->write(SectionKind::chat, 0,
                                    arrayRefFromStringRef<char>(content.chat)))
      return error;
  return writer;
}

/// Writes the weights and the metadata.
static Error packInto(ContainerWriter &writer, Model &model,
                      const Target &target) {
  auto checkpoint = model.getCheckpoint();
  if (!checkpoint)
    return checkpoint.takeError();
  ProgressBar bar("packing");
  auto hashes = packWeights(
      model.getModule(), **checkpoint,
      [&](int64_t offset, ArrayRef<char> bytes) {
        return writer.write(SectionKind::weights, offset, bytes);
      },
      [&](int64_t done, int64_t total) { bar.update(done, total); });
  if (!hashes)
    return hashes.takeError();
  if (Error error = model.takeContentHashes(*hashes))
    return error;
  std::string metadata = describeProgram(model.getModule(), target);
  return writer.write(SectionKind::metadata, 0,
                      arrayRefFromStringRef<char>(metadata));
}

/// Finishes the files of the weights and of the program. The program is written
/// before the weights get their name, so that neither file appears without the
/// other.
static Error writeBoth(ContainerWriter &weights, StringRef weightsPath,
                       StringRef program, const ExecutableOptions &options) {
  auto file = OutputFile::create(options.path,
                                 options.executable
                                     ? OutputFile::Mode::executable
                                     : OutputFile::Mode::data);
  if (!file)
    return file.takeError();
  if (Error error = file->write(0, arrayRefFromStringRef<char>(program)))
    return error;
  if (Error error = weights.finish())
    return error;
  Error error = file->finish();
  if (error)
    sys::fs::remove(weightsPath);
  return error;
}

Error writeExecutable(Model &model, const Target &target, StringRef program,
                      const ExecutableOptions &options) {
  auto content = makeContent(model, target);
  if (!content)
    return content.takeError();
  uint64_t bytes =
      SaturatingAdd(uint64_t(content->weightBytes),
                    uint64_t(program.size() + content->metadata.size() +
                             content->tokenizer.size() +
                             content->chat.size()));
  if (Error error = checkSpace(options.path, bytes, options.verbose))
    return error;
  if (options.verbose)
    printMemoryUse(model, content->weightBytes);

  std::string containerPath =
      options.externalWeights ? options.path + ".weights" : options.path;
  auto writer = beginContainer(
      containerPath, options.externalWeights ? StringRef() : program, *content);
  if (!writer)
    return writer.takeError();
  if (Error error = packInto(*writer, model, target))
    return error;
  return options.externalWeights
             ? writeBoth(*writer, containerPath, program, options)
             : writer->finish();
}

} // namespace gptc

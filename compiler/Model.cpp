//===- Model.cpp - A module with its checkpoint ---------------------------===//

#include "compiler/Model.h"

#include "compiler/Diagnostics.h"
#include "compiler/checkpoint/Input.h"
#include "compiler/import/GgufModel.h"
#include "compiler/import/HuggingFace.h"
#include "compiler/tokenizer/Source.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"

using namespace gptc;
using namespace llvm;

void gptc::registerDialects(mlir::DialectRegistry &registry) {
  registry.insert<
      gpt::GptDialect, mlir::affine::AffineDialect, mlir::arith::ArithDialect,
      mlir::bufferization::BufferizationDialect, mlir::cf::ControlFlowDialect,
      mlir::func::FuncDialect, mlir::LLVM::LLVMDialect, mlir::math::MathDialect,
      mlir::memref::MemRefDialect, mlir::scf::SCFDialect,
      mlir::tensor::TensorDialect, mlir::vector::VectorDialect,
      mlir::x86vector::X86VectorDialect>();
}

std::string gptc::getModelName(StringRef path) {
  SmallString<128> absolute(path);
  // The absolute path gives "." the name of the folder.
  if (std::error_code code = sys::fs::make_absolute(absolute); !code)
    sys::path::remove_dots(absolute, /*remove_dot_dot=*/true);
  return sys::fs::is_directory(path) ? sys::path::filename(absolute).str()
                                     : sys::path::stem(absolute).str();
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

static constexpr StringLiteral supportedModels =
    "a Hugging Face folder, a .gguf file, config.json or a .mlir file";

/// Returns the folder that holds the checkpoint of IR: `weightsFolder` if it is
/// set, else the folder recorded in the IR, else the folder of the IR itself.
static std::string findFolder(gpt::ModelOp model, StringRef path,
                              StringRef weightsFolder) {
  if (!weightsFolder.empty())
    return weightsFolder.str();
  StringRef recorded = model.getDirectory();
  if (model.getSources().empty() || sys::fs::is_directory(recorded))
    return recorded.str();
  auto source = cast<gpt::SourceAttr>(model.getSources()[0]);
  SmallString<128> beside(
      joinPath(sys::path::parent_path(path), source.getFile()));
  if (!sys::fs::exists(beside))
    return recorded.str();
  sys::path::remove_filename(beside);
  return beside.empty() ? "." : beside.str().str();
}

static Expected<mlir::OwningOpRef<mlir::ModuleOp>>
parse(StringRef path, mlir::MLIRContext &context) {
  auto buffer = MemoryBuffer::getFile(path);
  if (!buffer)
    return createStringError("cannot read '" + path +
                             "': " + buffer.getError().message());
  SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(*buffer), SMLoc());
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(sources, &context);
  if (!module)
    return make_error<ReportedError>();
  if (!gpt::getModel(*module))
    return inputError(path, "gpt.model", "none", "one");
  return module;
}

Expected<Model> Model::load(StringRef path, bool isDump,
                            StringRef weightsFolder,
                            mlir::MLIRContext &context) {
  Model model;
  model.path = path.str();
  sys::fs::file_status status;
  if (std::error_code code = sys::fs::status(path, status))
    return createStringError("cannot read '" + path + "': " + code.message());
  bool isFolder = sys::fs::is_directory(status);
  if (isDump && isFolder)
    return make_error<UsageError>("--from: '" + path +
                                  "' is a folder, expected a dump");

  StringRef extension = sys::path::extension(path);
  bool isIr = isDump || (!isFolder && extension == ".mlir");
  if (!isIr && !weightsFolder.empty())
    return make_error<UsageError>("--weights-from: '" + path +
                                  "' is not a .mlir file");
  bool isGguf = !isIr && !isFolder && extension == ".gguf";
  if (!isIr && !isFolder && !isGguf && extension != ".json")
    return inputError(path, "model", "a file of an unknown kind",
                      supportedModels);

  auto module = isIr     ? parse(path, context)
                : isGguf ? importGguf(path, context)
                         : importModel(path, context);
  if (!module)
    return module.takeError();
  model.module = std::move(*module);
  model.folder = findFolder(model.getOp(), path, weightsFolder);
  return model;
}

//===----------------------------------------------------------------------===//
// The checkpoint
//===----------------------------------------------------------------------===//

Expected<const Checkpoint *> Model::getCheckpoint() {
  if (!hasWeights())
    return inputError(path, "weights", "none",
                      "a model that is a folder with model.safetensors");
  if (!checkpoint)
    if (Error error = Checkpoint::open(getOp(), folder).moveInto(checkpoint))
      return error;
  return &*checkpoint;
}

Error Model::takeContentHashes(ArrayRef<std::string> hashes) {
  auto opened = getCheckpoint();
  if (!opened)
    return opened.takeError();
  return gptc::takeContentHashes(getOp(), **opened, hashes);
}

static bool hasContentHash(gpt::SourceAttr source) {
  return !source.getContent().empty();
}

Error Model::fillContentHashes() {
  bool isFilled = all_of(getOp().getSources().getAsRange<gpt::SourceAttr>(),
                         hasContentHash);
  return isFilled ? Error::success() : makeContentHashes();
}

Error Model::checkContent() {
  bool isKnown = any_of(getOp().getSources().getAsRange<gpt::SourceAttr>(),
                        hasContentHash);
  return isKnown ? makeContentHashes() : Error::success();
}

Error Model::makeContentHashes() {
  auto opened = getCheckpoint();
  if (!opened)
    return opened.takeError();
  return takeContentHashes(hashContents(**opened));
}

Expected<std::optional<std::string>> Model::findTokenizer() const {
  auto tokenizers = getModule().getOps<gpt::TokenizerOp>();
  if (tokenizers.empty())
    return std::nullopt;
  gpt::TokenizerOp tokenizer = *tokenizers.begin();
  if (Error error = checkTokenizer(tokenizer, folder))
    return std::move(error);
  return tokenizer.getSource().getFile().str();
}

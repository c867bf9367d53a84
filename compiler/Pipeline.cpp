//===- Pipeline.cpp - The compiler, phase by phase ------------------------===//

#include "compiler/Pipeline.h"

#include "compiler/Stopwatch.h"
#include "compiler/checkpoint/Input.h"
#include "compiler/codegen/Target.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/IR/AsmState.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Passes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include <algorithm>
#include <array>

using namespace mlir;
using namespace gptc;

//===----------------------------------------------------------------------===//
// Phases for every target
//===----------------------------------------------------------------------===//

static void simplify(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

/// Adds nothing, because the importer builds the graph.
static void buildGraph(OpPassManager &, const PipelineOptions &) {}

static void buildFused(OpPassManager &pm, const PipelineOptions &) {
  simplify(pm); // CSE gives linears of equal inputs one common input
  pm.addPass(createFuseLinears());
  // An activation is between its linear and the residual, so it is fused first.
  pm.addNestedPass<func::FuncOp>(createFuseActivation());
  pm.addNestedPass<func::FuncOp>(createFuseResidual());
  simplify(pm);
}

static void buildSpecialized(OpPassManager &pm,
                             const PipelineOptions &options) {
  pm.addPass(createChooseArithmetic({options.dtype}));
  pm.addPass(createSpecializeEntries());
  simplify(pm);
}

//===----------------------------------------------------------------------===//
// Phases for CPUs
//===----------------------------------------------------------------------===//

static void buildCpuPacked(OpPassManager &pm, const PipelineOptions &) {
  pm.addPass(createPackWeights());
}

StringRef gptc::getIsa(const Target &target) {
  if (target.getTriple().isAArch64())
    return "neon";
  if (target.hasFeature("avx512bf16"))
    return "avx512bf16";
  return target.hasFeature("avx512f") ? "avx512" : "avx2";
}

static void buildCpuTiled(OpPassManager &pm, const PipelineOptions &options) {
  TileOptions tile;
  tile.isa = getIsa(options.target).str();
  llvm::append_range(tile.tiles, options.tiles);
  pm.addPass(createTile(tile));
  simplify(pm);
}

static void buildCpuVectorized(OpPassManager &pm,
                               const PipelineOptions &options) {
  bool hasBf16 = options.target.hasFeature("avx512bf16");
  pm.addNestedPass<func::FuncOp>(createVectorize({hasBf16}));
  simplify(pm);
}

static void buildCpuBuffers(OpPassManager &pm, const PipelineOptions &) {
  pm.addPass(createAssignArena());
  simplify(pm);
}

void gptc::lowerToLlvm(OpPassManager &pm) {
  // Vector conversion needs memrefs, so it precedes their conversion. Views
  // become affine arithmetic, which is lowered next. The conversion of scf
  // creates arith ops, so it precedes the conversion of arith.
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  ConvertVectorToLLVMPassOptions vectors;
  vectors.x86Vector = true;
  pm.addPass(createConvertVectorToLLVMPass(vectors));
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  simplify(pm);
}

static void buildCpuLlvm(OpPassManager &pm, const PipelineOptions &options) {
  LowerEntriesOptions entries;
  entries.features = options.target.getRequiredFeatures();
  entries.cpu = options.target.getCpu();
  entries.target = options.target.getName();
  pm.addPass(createLowerEntries(entries));
  pm.addPass(createCanonicalizerPass());
  lowerToLlvm(pm);
}

//===----------------------------------------------------------------------===//
// The phases
//===----------------------------------------------------------------------===//

namespace {
/// Adds the passes of a phase.
using PhaseBuilder = void (*)(OpPassManager &, const PipelineOptions &);

struct Phase {
  StringRef name;
  /// The property that holds after the phase and that every later phase relies
  /// on. passes/VerifyPhase.cpp checks it.
  StringRef afterwards;
  /// The builder for each Column.
  std::array<PhaseBuilder, numColumns> builders;

  void build(OpPassManager &pm, const PipelineOptions &options) const {
    builders[static_cast<size_t>(options.column)](pm, options);
  }
};
} // namespace

/// Returns `builder` for every column.
static constexpr std::array<PhaseBuilder, numColumns>
everywhere(PhaseBuilder builder) {
  std::array<PhaseBuilder, numColumns> builders{};
  builders.fill(builder);
  return builders;
}

/// The phases of the compiler in order. From `packed` on, each Column has its
/// own builder.
static constexpr Phase phases[] = {
    {"graph",
     "one gpt op per concept of the model; weights have names such as "
     "attn.query, and their plans those of the checkpoint",
     everywhere(buildGraph)},
    {"fused",
     "QKV is one linear; no activation or residual stands alone where its "
     "neighbour can take it",
     everywhere(buildFused)},
    {"specialized",
     "the entries prompt, token and unembed; shapes are static; arithmetic is "
     "chosen",
     everywhere(buildSpecialized)},
    {"packed",
     "every weight has the layout that the target's kernels read",
     {buildCpuPacked}},
    {"tiled",
     "loops over tiles on buffers; scf.forall is the only parallelism",
     {buildCpuTiled}},
    {"vectorized",
     "16-lane vectors; no computing gpt op is left",
     {buildCpuVectorized}},
    {"buffers",
     "one arena with static offsets; nothing is allocated while running",
     {buildCpuBuffers}},
    {"llvm", "LLVM dialect; calls only to the runtime's C ABI", {buildCpuLlvm}},
};

static_assert(std::ranges::all_of(phases,
                                  [](const Phase &phase) {
                                    return std::ranges::count(phase.builders,
                                                              nullptr) == 0;
                                  }),
              "every phase has a builder in every column");

ArrayRef<StringRef> gptc::getPhaseNames() {
  static const auto names = llvm::to_vector(
      llvm::map_range(phases, [](const Phase &phase) { return phase.name; }));
  return names;
}

bool gptc::isPhase(StringRef name) {
  return llvm::is_contained(getPhaseNames(), name);
}

//===----------------------------------------------------------------------===//
// Dumps
//===----------------------------------------------------------------------===//

static OpPrintingFlags printingFlags() {
  return OpPrintingFlags().enableDebugInfo().useLocalScope();
}

void gptc::printModule(ModuleOp module, raw_ostream &out) {
  module.print(out, printingFlags());
  out << '\n';
}

/// Returns a location with the op's name and its line and column in the dump.
static Location locate(Operation *op, StringRef file,
                       std::pair<unsigned, unsigned> place) {
  MLIRContext *context = op->getContext();
  Location position =
      FileLineColLoc::get(context, file, place.first, place.second);
  StringRef name = gpt::getName(op->getLoc());
  if (name.empty())
    return position;
  return FusedLoc::get(
      context, {NameLoc::get(StringAttr::get(context, name)), position});
}

/// Writes the dump of a phase and makes the ops' locations point into it.
static LogicalResult dump(ModuleOp module, StringRef folder, size_t number,
                          StringRef phase) {
  std::string path =
      joinPath(folder, llvm::formatv("{0:02}-{1}.mlir", number, phase).str());
  std::error_code error = llvm::sys::fs::create_directories(folder);
  std::optional<llvm::raw_fd_ostream> out;
  if (!error)
    out.emplace(path, error);
  if (error)
    return mlir::emitError(UnknownLoc::get(module.getContext()))
           << path << ": cannot be written: " << error.message();

  AsmState::LocationMap places;
  AsmState state(module, printingFlags(), &places);
  module.print(*out, state);
  *out << '\n';
  out->close();
  if (out->has_error()) {
    error = out->error();
    out->clear_error();
    return mlir::emitError(UnknownLoc::get(module.getContext()))
           << path << ": cannot be written: " << error.message();
  }
  module.walk([&](Operation *op) {
    if (auto place = places.find(op); place != places.end())
      op->setLoc(locate(op, path, place->second));
  });
  return success();
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

/// Adds the passes of `phase` and the check of what holds after it.
static void addPhase(OpPassManager &pm, const Phase &phase,
                     const PipelineOptions &options) {
  phase.build(pm, options);
  pm.addPass(createVerifyPhase({phase.name.str()}));
}

static LogicalResult runPhase(ModuleOp module, const Phase &phase,
                              const PipelineOptions &options) {
  PassManager pm(module.getContext());
  addPhase(pm, phase, options);
  return pm.run(module);
}

/// Checks that a dump, which a user may have edited, has the properties that
/// hold after `phase`.
static LogicalResult checkDump(ModuleOp module, StringRef phase) {
  PassManager pm(module.getContext());
  pm.addPass(createVerifyPhase({phase.str()}));
  return pm.run(module);
}

LogicalResult gptc::runPhases(ModuleOp module, StringRef from, StringRef until,
                              const PipelineOptions &options) {
  bool started = from.empty();
  if (!started && failed(checkDump(module, from)))
    return failure();
  for (auto [number, phase] : llvm::enumerate(phases)) {
    if (started) {
      if (options.watch)
        options.watch->begin(phase.name);
      if (failed(runPhase(module, phase, options)))
        return failure();
      if (!options.dumpFolder.empty() &&
          failed(dump(module, options.dumpFolder, number, phase.name)))
        return failure();
    }
    started |= phase.name == from;
    if (phase.name == until)
      return success();
  }
  llvm_unreachable("no such phase");
}

namespace {
/// The driver's options in the form of pass pipeline options.
struct PhasePipelineOptions : PassPipelineOptions<PhasePipelineOptions> {
  Option<std::string> target{*this, "target",
                             llvm::cl::desc("As gptc's --target")};
  Option<std::string> march{*this, "march",
                            llvm::cl::desc("As gptc's --march")};
  Option<std::string> dtype{*this, "dtype",
                            llvm::cl::desc("As gptc's --dtype, or stored"),
                            llvm::cl::init("stored")};
  ListOption<std::string> tiles{*this, "tile",
                                llvm::cl::desc("As gptc's --tile")};
};
} // namespace

/// Registers the pipeline of `phase` with registerPassPipeline(), because a
/// PassPipelineRegistration cannot fail and an unknown CPU has to be an error.
static void registerPipeline(const Phase &phase) {
  auto build =
      [&phase](
          OpPassManager &pm, StringRef text,
          function_ref<LogicalResult(const Twine &)> fail) -> LogicalResult {
    PhasePipelineOptions options;
    if (failed(options.parseFromString(text)))
      return failure();
    auto target = Target::create(options.target, options.march);
    if (!target)
      return fail(llvm::toString(target.takeError()));
    addPhase(pm, phase,
             {.target = *target,
              .dtype = options.dtype,
              .tiles = {options.tiles.begin(), options.tiles.end()},
              .dumpFolder = ""});
    return success();
  };
  registerPassPipeline(
      ("gptc-" + phase.name).str(), phase.afterwards, build,
      [](function_ref<void(const detail::PassOptions &)> visit) {
        visit(PhasePipelineOptions());
      });
}

void gptc::registerPhasePipelines() {
  for (const Phase &phase : phases)
    registerPipeline(phase);
}

void gptc::eraseDeclarations(ModuleOp module) {
  for (Operation &op : llvm::make_early_inc_range(*module.getBody()))
    if (isa<gpt::ModelOp, gpt::TokenizerOp, gpt::KvCacheOp, gpt::WeightOp>(op))
      op.erase();
}

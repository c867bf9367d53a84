//===- Explain.cpp - Implements gptc --explain ----------------------------===//

#include "compiler/Explain.h"

#include "compiler/Diagnostics.h"
#include "compiler/Limits.h"
#include "compiler/Pipeline.h"
#include "compiler/codegen/Target.h"
#include "dialect/Cost.h"
#include "dialect/Entry.h"
#include "dialect/OperandFormat.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/cpu/TileTable.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include <array>
#include <cmath>

using namespace llvm;

namespace gptc {

//===----------------------------------------------------------------------===//
// Limits
//===----------------------------------------------------------------------===//

namespace {
struct Limit {
  /// FLOPs or bytes per second.
  double rate;
  bool isGiven;
};

struct Limits {
  Limit peak, bandwidth;
};
} // namespace

/// The size of the probes, which take some 40 ms in total.
static constexpr long probeSteps = 300'000;
static constexpr size_t probeBytes = 16 << 20;
static constexpr Effort probeEffort = {.threads = 1, .repetitions = 3};

/// Returns whether this machine runs code for `target`.
static bool isHost(const Target &target) {
  auto host = Target::create(target.getName(), "native");
  if (!host) {
    consumeError(host.takeError());
    return false;
  }
  std::string required = target.getRequiredFeatures();
  return all_of(split(StringRef(required), ','), [&](StringRef feature) {
    return feature.empty() || host->hasFeature(feature);
  });
}

/// Returns the f32 multiply-add instruction for a row of the tile table.
static Instruction multiplyAddOf(StringRef isa) {
  return isa.starts_with("avx512") ? Instruction::fma512
         : isa == "avx2"           ? Instruction::fma256
                                   : Instruction::fma128;
}

static Expected<Limits> findLimits(const Target &target,
                                   const ExplainOptions &options) {
  Limits limits = {{options.peak * 1e9, options.peak > 0},
                   {options.bandwidth * 1e9, options.bandwidth > 0}};
  auto &[peak, bandwidth] = limits;
  if (peak.isGiven && bandwidth.isGiven)
    return limits;
  Instruction instruction = multiplyAddOf(getIsa(target));
  if (!isHost(target) || !hasInstruction(instruction)) {
    StringRef missing = peak.isGiven        ? "--bandwidth"
                        : bandwidth.isGiven ? "--peak"
                                            : "--peak and --bandwidth";
    return make_error<UsageError>(
        formatv("--explain: the limits of {0} ({1}) cannot be measured on this "
                "machine: give {2}",
                target.getCpu(), target.getName(), missing));
  }
  if (!peak.isGiven)
    peak.rate = 1e9 * measureOperations(instruction, probeSteps, probeEffort);
  if (!bandwidth.isGiven)
    bandwidth.rate = 1e9 * measureRead(probeBytes, probeEffort);
  if (bandwidth.rate == 0)
    return createStringError("--explain: no memory to measure its bandwidth "
                             "with: give --bandwidth");
  return limits;
}

//===----------------------------------------------------------------------===//
// Costs of calls
//===----------------------------------------------------------------------===//

namespace {
/// A row of the printed table: runs of ops with the same name and kernel.
struct Line {
  std::string op, kernel = "";
  double runs = 0;
  gpt::Cost cost = {};
  /// The time of the runs that each limit binds.
  double computeSeconds = 0, memorySeconds = 0;

  double seconds() const { return computeSeconds + memorySeconds; }

  /// Adds `count` runs of an op that reaches `speed` times the peak.
  void add(double count, gpt::Cost each, const Limits &limits, double speed) {
    runs += count;
    cost.bytes += count * each.bytes;
    cost.flops += count * each.flops;
    double compute = each.flops / (speed * limits.peak.rate),
           memory = each.bytes / limits.bandwidth.rate;
    (compute > memory ? computeSeconds : memorySeconds) +=
        count * std::max(compute, memory);
  }

  void add(const Line &other) {
    cost.bytes += other.cost.bytes;
    cost.flops += other.cost.flops;
    computeSeconds += other.computeSeconds;
    memorySeconds += other.memorySeconds;
  }
};

/// Sums up calls of entries in lines by op and kernel.
class CallCosts {
public:
  CallCosts(const Model &model, const Tiles &tiles, const Limits &limits)
      : module(model.getModule()), tiles(tiles), limits(limits) {}

  /// Adds a call of an entry, which the module must have.
  void add(StringRef entry, gpt::CallRows rows);

  ArrayRef<Line> getLines() const { return lines; }
  StringRef getIsa() const { return tiles.isa; }
  const Limits &getLimits() const { return limits; }

private:
  mlir::ModuleOp module;
  const Tiles &tiles;
  const Limits &limits;
  std::vector<Line> lines;

  Line &lineOf(mlir::Operation *op, gpt::CallRows rows);
  void addBlock(mlir::Block &block, int64_t runs, gpt::CallRows rows);
  double speedOf(mlir::Operation *op) const;
  std::string nameKernel(mlir::Operation *op, gpt::CallRows rows);
};
} // namespace

/// Returns whether `op` needs no code of its own.
static bool isFree(mlir::Operation *op) {
  return !isa<gpt::GptDialect>(op->getDialect()) ||
         isa<gpt::GetWeightOp, gpt::LayerValueOp, gpt::ColumnsOp, gpt::YieldOp>(
             op);
}

/// Returns the kind of `op` and its name, or only the name if it contains the
/// kind.
static std::string nameOp(mlir::Operation *op) {
  StringRef kind = op->getName().stripDialect(),
            name = gpt::getName(op->getLoc());
  if (auto attention = dyn_cast<gpt::AttentionOp>(op))
    return attention.getWindow()
               ? formatv("attention window {0}", *attention.getWindow()).str()
               : kind.str();
  // A fused linear has the location of the fused op, so take its weight's name.
  if (auto linear = dyn_cast<gpt::LinearOp>(op))
    if (auto weight = linear.getWeight().getDefiningOp<gpt::GetWeightOp>())
      name = weight.getWeight();
  name.consume_front("layer.*.");
  if (name.contains(kind))
    return name.str();
  return name.empty() ? kind.str() : (kind + " " + name).str();
}

/// Returns the kernel's name and tile as --tile writes them; kernels that work
/// row by row have no tile.
std::string CallCosts::nameKernel(mlir::Operation *op, gpt::CallRows rows) {
  auto name = [&](StringRef kernel, TileSize many, TileSize one) {
    TileSize size = rows.count > 1 ? many : one;
    return formatv("{0}{1}:{2}x{3}", kernel, rows.count > 1 ? "" : "-row",
                   size.rows, size.columns)
        .str();
  };
  if (isa<gpt::LinearOp, gpt::UnembedOp>(op))
    return name("linear", tiles.linear, tiles.linearRow);
  if (auto attention = dyn_cast<gpt::AttentionOp>(op))
    return name("attention", tiles.attention,
                tiles.attentionOfRow(attention.getSharing()));
  return "row by row";
}

Line &CallCosts::lineOf(mlir::Operation *op, gpt::CallRows rows) {
  std::string name = nameOp(op), kernel = nameKernel(op, rows);
  auto found = find_if(lines, [&](const Line &line) {
    return line.op == name && line.kernel == kernel;
  });
  if (found != lines.end())
    return *found;
  lines.push_back({.op = std::move(name), .kernel = std::move(kernel)});
  return lines.back();
}

/// Returns the arithmetic of a product, or nothing if `op` is none.
static std::optional<gpt::Arithmetic> arithmeticOf(mlir::Operation *op) {
  if (auto linear = dyn_cast<gpt::LinearOp>(op))
    return linear.getArithmetic();
  if (auto unembed = dyn_cast<gpt::UnembedOp>(op))
    return unembed.getArithmetic();
  return std::nullopt;
}

/// Returns the operations of an instruction relative to a multiply-add.
double CallCosts::speedOf(mlir::Operation *op) const {
  auto arithmetic = arithmeticOf(op);
  return arithmetic && tiles.multipliesGroups
             ? gpt::OperandFormat::of(*arithmetic).group
             : 1;
}

void CallCosts::addBlock(mlir::Block &block, int64_t runs, gpt::CallRows rows) {
  for (mlir::Operation &op : block) {
    if (auto layers = dyn_cast<gpt::LayersOp>(op)) {
      for (auto [kind, body] : enumerate(layers.getKinds()))
        addBlock(body.front(), runs * count(layers.getSchedule(), kind), rows);
    } else if (!isFree(&op)) {
      lineOf(&op, rows).add(runs, gpt::costOf(&op, rows), limits,
                            speedOf(&op));
    }
  }
}

void CallCosts::add(StringRef entry, gpt::CallRows rows) {
  auto function = module.lookupSymbol<mlir::func::FuncOp>(entry);
  addBlock(function.front(), 1, rows);
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

static constexpr StringRef byteUnits[] = {"B", "kB", "MB", "GB", "TB"},
                           flopUnits[] = {"", "k", "M", "G", "T"},
                           timeUnits[] = {"ns", "us", "ms", "s"};

/// Formats four digits and a unit, which is 1,000 times the previous one; "-"
/// for zero. Integers in the first unit have no decimals.
static std::string show(double value, ArrayRef<StringRef> units) {
  if (value == 0)
    return "-";
  bool isWhole = value < 999.95 && std::abs(value - std::round(value)) < 1e-6;
  for (; value >= 999.95 && units.size() > 1; units = units.drop_front())
    value /= 1000;
  int decimals = isWhole ? 0 : value >= 99.995 ? 1 : value >= 9.9995 ? 2 : 3;
  std::string text;
  raw_string_ostream(text) << format("%.*f", decimals, value) << units.front();
  return text;
}

/// Returns the limit that binds for most of the time.
static StringRef limitOf(const Line &line) {
  return line.seconds() == 0                        ? "-"
         : line.computeSeconds > line.memorySeconds ? "compute"
                                                    : "memory";
}

namespace {
/// A table of text whose columns fit their contents.
class TextTable {
public:
  using Row = std::array<std::string, 7>;

  explicit TextTable(StringRef isa)
      : rows{{"op", "runs", (isa + " kernel").str(), "bytes", "FLOPs", "time",
              "limit"}} {}

  void add(const Line &line) {
    rows.push_back(
        {line.op, line.runs ? utostr(line.runs) : "", line.kernel,
         show(line.cost.bytes, byteUnits), show(line.cost.flops, flopUnits),
         show(line.seconds() * 1e9, timeUnits), limitOf(line).str()});
  }

  void print(raw_ostream &out) const {
    for (const Row &row : rows)
      print(out, row);
  }

private:
  std::vector<Row> rows;

  void print(raw_ostream &out, const Row &row) const {
    for (auto [column, text] : enumerate(row)) {
      size_t width = 0;
      for (const Row &other : rows)
        width = std::max(width, other[column].size());
      if (column + 1 == row.size())
        out << text << '\n';
      else if (column == 0 || column == 2) // text columns before numbers
        out << left_justify(text, width) << ' ';
      else
        out << right_justify(text, width) << "  ";
    }
  }
};
} // namespace

/// Warns if the data fit a cache that is faster than the measured memory.
static void writeNote(raw_ostream &out, double bytes, const Limits &limits) {
  double cache = getLastCacheBytes();
  if (!limits.bandwidth.isGiven && bytes <= cache)
    out << "note: " << show(bytes, byteUnits) << " fit the cache of "
        << show(cache, byteUnits) << ", which is faster than memory\n";
}

/// Writes the table of calls that evaluate `tokens` tokens.
static void writeTable(raw_ostream &out, const CallCosts &calls,
                       int64_t tokens) {
  TextTable table(calls.getIsa());
  Line total = {.op = "total"};
  for (const Line &line : calls.getLines()) {
    table.add(line);
    total.add(line);
  }
  table.add(total);
  table.print(out);
  double rate = tokens / total.seconds(),
         bound = std::max(total.computeSeconds, total.memorySeconds);
  out << "limit: " << format(rate < 100 ? "%.2f" : "%.0f", rate)
      << " tokens/s; " << limitOf(total) << " binds "
      << format("%.0f", 100 * bound / total.seconds()) << "% of the time\n";
  if (total.memorySeconds > total.computeSeconds)
    writeNote(out, total.cost.bytes, calls.getLimits());
}

//===----------------------------------------------------------------------===//
// The explanation
//===----------------------------------------------------------------------===//

static std::string nameArithmetic(mlir::ModuleOp module) {
  SetVector<StringRef> names;
  module.walk([&](mlir::Operation *op) {
    if (auto arithmetic = arithmeticOf(op))
      names.insert(gpt::stringifyArithmetic(*arithmetic));
  });
  return join(names, " and ");
}

static void writeHead(raw_ostream &out, const Model &model,
                      const Target &target, const Tiles &tiles,
                      const Limits &limits) {
  auto writeLimit = [&](Limit limit, StringRef unit) {
    out << format("%.4g ", limit.rate * 1e-9) << unit
        << (limit.isGiven ? " (given)" : " (measured)");
  };
  out << model.getOp().getName() << " in " << nameArithmetic(model.getModule())
      << " for " << target.getName() << ", " << target.getCpu() << " ("
      << tiles.isa << "), one thread\nlimits: ";
  writeLimit(limits.peak,
             tiles.multipliesGroups ? "GFLOP/s and twice that in bf16" : "GFLOP/s");
  out << ", ";
  writeLimit(limits.bandwidth, "GB/s");
  out << '\n';
}

static void writePrefill(raw_ostream &out, CallCosts &calls, int64_t tokens,
                         int64_t capacity) {
  for (int64_t first = 0; first < tokens; first += capacity) {
    int64_t count = std::min(capacity, tokens - first);
    calls.add(count > 1 ? "prompt" : "token", {first, count});
  }
  calls.add("unembed", {tokens - 1, 1});
  out << "\nprefill: " << tokens << " tokens into an empty cache";
  if (tokens > capacity)
    out << " in chunks of " << capacity;
  out << ", logits of the last\n";
  writeTable(out, calls, tokens);
}

static void writeDecode(raw_ostream &out, CallCosts &calls, int64_t position) {
  calls.add("token", {position, 1});
  calls.add("unembed", {position, 1});
  out << "\ndecode: a token after " << position << " others\n";
  writeTable(out, calls, 1);
}

/// Returns the rows that a call of @prompt takes, if the module has all
/// entries.
static FailureOr<int64_t> findCapacity(mlir::ModuleOp module) {
  for (StringRef name : {"prompt", "token", "unembed"})
    if (auto entry = module.lookupSymbol<mlir::func::FuncOp>(name);
        !entry || entry.isExternal())
      return module.emitError("has no entry @") << name;
  auto prompt = module.lookupSymbol<mlir::func::FuncOp>("prompt");
  std::optional<int64_t> capacity = gpt::getCapacity(prompt);
  if (!capacity || *capacity < 1)
    return prompt.emitError(
        "is no entry: a static tensor of tokens, by gpt.role, was expected");
  return *capacity;
}

static constexpr int64_t defaultPrompt = 512;

Expected<std::string> explainModel(const Model &model, const Target &target,
                                   ArrayRef<std::string> tileOverrides,
                                   const ExplainOptions &options) {
  int64_t context = model.getOp().getContextLength();
  int64_t tokens =
      options.prompt ? options.prompt : std::min(defaultPrompt, context);
  if (tokens > context)
    return make_error<UsageError>(
        formatv("--prompt: {0} tokens are more than {1}, the model's context",
                tokens, context));
  auto tiles = getTiles(getIsa(target), tileOverrides);
  if (!tiles)
    return tiles.takeError();
  auto capacity = findCapacity(model.getModule());
  if (failed(capacity))
    return make_error<ReportedError>();
  auto limits = findLimits(target, options);
  if (!limits)
    return limits.takeError();

  std::string text;
  raw_string_ostream out(text);
  writeHead(out, model, target, *tiles, *limits);
  CallCosts prefill(model, *tiles, *limits), decode(model, *tiles, *limits);
  writePrefill(out, prefill, tokens, *capacity);
  // If the prompt fills the context, this evaluates its last token.
  writeDecode(out, decode, std::min(tokens, context - 1));
  return text;
}

} // namespace gptc

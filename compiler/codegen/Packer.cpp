//===- Packer.cpp - Write weights as kernels read them --------------------===//

#include "compiler/codegen/Packer.h"

#include "compiler/checkpoint/Input.h"
#include "compiler/checkpoint/WeightView.h"
#include "dialect/Layout.h"
#include "dialect/OperandFormat.h"
#include "dialect/WeightLayout.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/ThreadPool.h"

#include <atomic>
#include <mutex>

using namespace gptc;
using namespace llvm;

//===----------------------------------------------------------------------===//
// Units
//===----------------------------------------------------------------------===//

/// A unit is what a thread packs before it writes: this part of a panel, or
/// some whole rows.
static constexpr int64_t unitColumns = 4096;
static constexpr int64_t unitRows = 16;

namespace {
/// A layer of a weight.
struct PackJob {
  /// A vector is one row.
  WeightView view;
  gpt::Layout layout;
  mlir::MemRefType storage;
  /// Of the layer, in the section.
  int64_t offset;

  int64_t bytes() const { return storage.getNumElements() * elementBytes(); }

  int64_t elementBytes() const { return storage.getElementTypeBitWidth() / 8; }

  int64_t units() const {
    if (layout != gpt::Layout::panels)
      return divideCeil(view.getRows(), unitRows);
    return storage.getDimSize(0) * divideCeil(view.getColumns(), unitColumns);
  }
};

/// Elements of a job's storage, from the `first`-th on, all zero at first.
struct Packed {
  Packed(const PackJob &job, int64_t first, int64_t count)
      : offset(job.offset + first * job.elementBytes()),
        bytes(count * job.elementBytes()) {}

  template <typename Element>
  Element *elements() {
    return reinterpret_cast<Element *>(bytes.data());
  }

  /// In the section.
  int64_t offset;
  std::vector<char> bytes;
};
} // namespace

template <typename Element>
using Destination = WeightView::Destination<Element>;

static void read(const PackJob &job, WeightView::Rectangle part,
                 Destination<float> destination) {
  job.view.read(part, destination);
}

static void read(const PackJob &job, WeightView::Rectangle part,
                 Destination<uint16_t> destination) {
  job.view.read(part, job.storage.getElementType(), destination);
}

/// [R, C] -> [R][C rounded up]
template <typename Element>
static Packed packRows(const PackJob &job, int64_t unit) {
  int64_t storedColumns = job.storage.getShape().back();
  int64_t begin = unit * unitRows;
  int64_t rows = std::min(unitRows, job.view.getRows() - begin);
  Packed packed(job, begin * storedColumns, rows * storedColumns);
  read(job, {begin, 0, rows, job.view.getColumns()},
       Destination<Element>{packed.elements<Element>(), storedColumns, 1});
  return packed;
}

/// What a unit takes of a panel.
static WeightView::Rectangle panelPart(const PackJob &job, int64_t unit) {
  int64_t units = divideCeil(job.view.getColumns(), unitColumns);
  int64_t row = unit / units * gpt::panelWidth;
  int64_t column = unit % units * unitColumns;
  return {row, column, std::min(gpt::panelWidth, job.view.getRows() - row),
          std::min(unitColumns, job.view.getColumns() - column)};
}

/// [O, C] -> [O / 64][C][64]
template <typename Element>
static Packed packPanel(const PackJob &job, int64_t unit) {
  WeightView::Rectangle part = panelPart(job, unit);
  int64_t storedColumns = job.view.getColumns();
  Packed packed(job, part.row * storedColumns + part.column * gpt::panelWidth,
                part.columns * gpt::panelWidth);
  read(job, part,
       Destination<Element>{packed.elements<Element>(), 1, gpt::panelWidth});
  return packed;
}

/// Columns that are read before they become pairs, few enough for the L1 cache.
static constexpr int64_t tileColumns = 64;

/// [O, C] -> [O / 64][C / 2][64][2]
static Packed packPairs(const PackJob &job, int64_t unit) {
  WeightView::Rectangle part = panelPart(job, unit);
  int64_t storedColumns = alignTo(job.view.getColumns(), 2);
  Packed packed(job, part.row * storedColumns + part.column * gpt::panelWidth,
                alignTo(part.columns, 2) * gpt::panelWidth);
  auto *pairs = packed.elements<uint16_t>();
  uint16_t tile[tileColumns][gpt::panelWidth];
  for (int64_t begin = 0; begin < part.columns; begin += tileColumns) {
    int64_t columns = std::min(tileColumns, part.columns - begin);
    if (part.rows < gpt::panelWidth || columns < tileColumns)
      std::memset(tile, 0, sizeof(tile)); // padding
    read(job, {part.row, part.column + begin, part.rows, columns},
         Destination<uint16_t>{tile[0], 1, gpt::panelWidth});
    for (int64_t column = 0; column < columns; column += 2)
      for (int64_t output = 0; output < gpt::panelWidth; ++output)
        for (int64_t i : {0, 1})
          *pairs++ = tile[column + i][output];
  }
  return packed;
}

static Packed packUnit(const PackJob &job, int64_t unit) {
  mlir::Type element = job.storage.getElementType();
  if (job.layout != gpt::Layout::panels)
    return element.isF32() ? packRows<float>(job, unit)
                           : packRows<uint16_t>(job, unit);
  switch (gpt::OperandFormat::ofWeight(element)->arithmetic) {
  case gpt::Arithmetic::f32:
    return packPanel<float>(job, unit);
  case gpt::Arithmetic::bf16:
    return packPairs(job, unit);
  }
  llvm_unreachable("an operand format that cannot be packed");
}

//===----------------------------------------------------------------------===//
// All weights
//===----------------------------------------------------------------------===//

static Expected<std::vector<PackJob>> makeJobs(mlir::ModuleOp module,
                                               const Checkpoint &checkpoint) {
  std::vector<PackJob> jobs;
  int64_t total;
  auto placements = gpt::placeWeights(module, total);
  for (auto weight : module.getOps<gpt::WeightOp>()) {
    std::optional<gpt::Layout> layout = weight.getLayout();
    if (!layout)
      return createStringError("weight " + quoted(weight.getSymName()) +
                               ": found no #gpt.pack in its plan, expected it "
                               "at the end");
    auto [offset, stride] = placements.lookup(weight.getSymNameAttr());
    int64_t layers = weight.getLayers().value_or(1);
    for (int64_t layer = 0; layer < layers; ++layer) {
      auto view = WeightView::create(weight, layer, checkpoint);
      if (!view)
        return view.takeError();
      if (layout == gpt::Layout::vector)
        view->transpose();
      jobs.push_back({std::move(*view), *layout,
                      gpt::getStorage(weight.getStorageType()),
                      offset + layer * stride});
    }
  }
  return jobs;
}

namespace {
/// Packs all jobs on all cores.
class Packer {
public:
  Packer(ArrayRef<PackJob> jobs, WeightSink write, PackProgress progress)
      : jobs(jobs), write(write), progress(progress) {
    for (const PackJob &job : jobs) {
      firstUnits.push_back(units);
      units += job.units();
      totalBytes += job.bytes();
    }
  }

  Error run() {
    DefaultThreadPool pool;
    for (unsigned i = 0; i < pool.getMaxConcurrency(); ++i)
      pool.async([this] { packUnits(); });
    pool.wait();
    return std::move(error);
  }

private:
  void packUnits() {
    for (int64_t unit; (unit = nextUnit++) < units && !failed;) {
      size_t job = upper_bound(firstUnits, unit) - firstUnits.begin() - 1;
      Packed packed = packUnit(jobs[job], unit - firstUnits[job]);
      finish(write(packed.offset, packed.bytes), packed.bytes.size());
    }
  }

  void finish(Error result, int64_t bytes) {
    std::lock_guard<std::mutex> lock(mutex);
    doneBytes += bytes;
    if (result) {
      // One reason is enough: all threads share the disk.
      if (failed.exchange(true))
        consumeError(std::move(result));
      else
        error = std::move(result);
    } else if (progress) {
      progress(doneBytes, totalBytes);
    }
  }

  ArrayRef<PackJob> jobs;
  WeightSink write;
  PackProgress progress;
  /// Of each job, in the order of all.
  std::vector<int64_t> firstUnits;
  int64_t units = 0;
  std::atomic<int64_t> nextUnit = 0;
  std::atomic<bool> failed = false;
  std::mutex mutex;
  int64_t doneBytes = 0, totalBytes = 0;
  Error error = Error::success();
};
} // namespace

Error gptc::packWeights(mlir::ModuleOp module, const Checkpoint &checkpoint,
                        WeightSink write, PackProgress progress) {
  auto jobs = makeJobs(module, checkpoint);
  if (!jobs)
    return jobs.takeError();
  return Packer(*jobs, write, progress).run();
}

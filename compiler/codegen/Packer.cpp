//===- Packer.cpp - Write weights as kernels read them --------------------===//

#include "compiler/codegen/Packer.h"

#include "compiler/checkpoint/Float.h"
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

/// Values on their way from the checkpoint, few enough for the first cache.
static constexpr int64_t tileSize = gpt::panelWidth;
using Tile = std::array<std::array<float, tileSize>, tileSize>;

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

/// Bytes of the section.
struct Packed {
  int64_t offset;
  std::vector<char> bytes;
};
} // namespace

static void store(ArrayRef<float> values, mlir::Type type, char *bytes) {
  auto *bits = reinterpret_cast<uint16_t *>(bytes);
  if (type.isF32())
    std::memcpy(bytes, values.data(), values.size() * sizeof(float));
  else
    llvm::transform(values, bits, type.isBF16() ? toBf16 : toF16);
}

/// Columns `even` and `odd` of a panel of bf16, output by output.
static void storePair(ArrayRef<float> even, ArrayRef<float> odd, char *bytes) {
  auto *bits = reinterpret_cast<uint16_t *>(bytes);
  for (int64_t output = 0; output < gpt::panelWidth; ++output) {
    bits[2 * output] = toBf16(even[output]);
    bits[2 * output + 1] = toBf16(odd[output]);
  }
}

/// [R, C] -> [R][C rounded up]
static Packed packRows(const PackJob &job, int64_t unit) {
  int64_t rowBytes = job.storage.getShape().back() * job.elementBytes();
  int64_t begin = unit * unitRows;
  int64_t rows = std::min(unitRows, job.view.getRows() - begin);
  Packed packed{job.offset + begin * rowBytes,
                std::vector<char>(rows * rowBytes)};
  Tile tile;
  for (int64_t column = 0; column < job.view.getColumns(); column += tileSize) {
    int64_t columns = std::min(tileSize, job.view.getColumns() - column);
    job.view.read({begin, column, rows, columns},
                  {tile[0].data(), tileSize, 1});
    for (int64_t row = 0; row < rows; ++row)
      store(ArrayRef(tile[row]).take_front(columns),
            job.storage.getElementType(),
            &packed.bytes[row * rowBytes + column * job.elementBytes()]);
  }
  return packed;
}

/// [O, C] -> [O / 64][C][64], of bf16 [O / 64][C / 2][64][2]
static Packed packPanel(const PackJob &job, int64_t unit) {
  int64_t units = divideCeil(job.view.getColumns(), unitColumns);
  int64_t panel = unit / units, begin = unit % units * unitColumns;
  int64_t end = std::min(begin + unitColumns, job.view.getColumns());
  int64_t rows =
      std::min(gpt::panelWidth, job.view.getRows() - panel * gpt::panelWidth);
  bool pairs =
      gpt::OperandFormat::ofWeight(job.storage.getElementType())->group == 2;
  int64_t storedColumns = job.storage.getDimSize(1) * (pairs ? 2 : 1);
  int64_t columnBytes = gpt::panelWidth * job.elementBytes();
  int64_t storedEnd = pairs ? alignTo(end, 2) : end;
  Packed packed{job.offset + (panel * storedColumns + begin) * columnBytes,
                std::vector<char>((storedEnd - begin) * columnBytes)};

  Tile tile;
  for (int64_t column = begin; column < end; column += tileSize) {
    int64_t columns = std::min(tileSize, end - column);
    if (rows < tileSize || columns < tileSize)
      tile = {}; // padding
    job.view.read({panel * gpt::panelWidth, column, rows, columns},
                  {tile[0].data(), 1, tileSize});
    char *bytes = &packed.bytes[(column - begin) * columnBytes];
    for (int64_t i = 0; i < columns; i += pairs ? 2 : 1) {
      if (pairs)
        storePair(tile[i], tile[i + 1], bytes + i * columnBytes);
      else
        store(tile[i], job.storage.getElementType(), bytes + i * columnBytes);
    }
  }
  return packed;
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
      auto pack =
          jobs[job].layout == gpt::Layout::panels ? packPanel : packRows;
      Packed packed = pack(jobs[job], unit - firstUnits[job]);
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

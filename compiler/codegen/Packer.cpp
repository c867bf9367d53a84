//===- Packer.cpp - Writes weights in the layouts of the kernels ----------===//

#include "compiler/codegen/Packer.h"

#include "compiler/checkpoint/Input.h"
#include "compiler/checkpoint/Sources.h"
#include "compiler/checkpoint/WeightView.h"
#include "dialect/Layout.h"
#include "dialect/OperandFormat.h"
#include "dialect/WeightLayout.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/ThreadPool.h"

#include <atomic>
#include <csignal>
#include <mutex>

using namespace gptc;
using namespace llvm;

//===----------------------------------------------------------------------===//
// Units
//===----------------------------------------------------------------------===//

/// The size of a unit, which a thread packs before it writes: this many columns
/// of a panel, or this many whole rows.
static constexpr int64_t unitColumns = 4096;
static constexpr int64_t unitRows = 16;

namespace {
/// One layer of a weight.
struct PackJob {
  /// The weight as a matrix; a vector is one row.
  WeightView view;
  gpt::Layout layout;
  mlir::MemRefType storage;
  /// The offset of the layer in the weights section, in bytes.
  int64_t offset;

  int64_t bytes() const { return storage.getNumElements() * elementBytes(); }

  int64_t elementBytes() const { return storage.getElementTypeBitWidth() / 8; }

  int64_t units() const {
    if (layout != gpt::Layout::panels)
      return divideCeil(view.getRows(), unitRows);
    return storage.getDimSize(0) * divideCeil(view.getColumns(), unitColumns);
  }

  /// Returns the part of the weight that a unit packs: some rows, or a part of
  /// a panel.
  WeightView::Rectangle partOf(int64_t unit) const {
    if (layout != gpt::Layout::panels) {
      int64_t row = unit * unitRows;
      return {row, 0, std::min(unitRows, view.getRows() - row),
              view.getColumns()};
    }
    int64_t units = divideCeil(view.getColumns(), unitColumns);
    int64_t row = unit / units * gpt::panelWidth;
    int64_t column = unit % units * unitColumns;
    return {row, column, std::min(gpt::panelWidth, view.getRows() - row),
            std::min(unitColumns, view.getColumns() - column)};
  }
};

/// Elements of a job's storage, packed before they are written. Each thread
/// reuses its own.
struct Packed {
  /// The offset of the elements in the weights section, in bytes.
  int64_t offset = 0;
  std::vector<char> bytes;

  /// Starts with `count` zeros in the job's storage, from element `first` on.
  template <typename Element>
  Element *begin(const PackJob &job, int64_t first, int64_t count) {
    offset = job.offset + first * job.elementBytes();
    bytes.assign(count * job.elementBytes(), 0);
    return reinterpret_cast<Element *>(bytes.data());
  }
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
static void packRows(const PackJob &job, WeightView::Rectangle part,
                     Packed &packed) {
  int64_t columns = job.storage.getShape().back();
  auto *elements =
      packed.begin<Element>(job, part.row * columns, part.rows * columns);
  read(job, part, Destination<Element>{elements, columns, 1});
}

/// [O, C] -> [O / 64][C][64]
template <typename Element>
static void packPanel(const PackJob &job, WeightView::Rectangle part,
                      Packed &packed) {
  int64_t columns = job.view.getColumns();
  auto *elements = packed.begin<Element>(
      job, part.row * columns + part.column * gpt::panelWidth,
      part.columns * gpt::panelWidth);
  read(job, part, Destination<Element>{elements, 1, gpt::panelWidth});
}

/// The number of columns that are read before they are interleaved to pairs,
/// few enough for the L1 cache.
static constexpr int64_t tileColumns = 64;

/// [O, C] -> [O / 64][C / 2][64][2]
static void packPairs(const PackJob &job, WeightView::Rectangle part,
                      Packed &packed) {
  int64_t storedColumns = alignTo(job.view.getColumns(), 2);
  auto *pairs = packed.begin<uint16_t>(
      job, part.row * storedColumns + part.column * gpt::panelWidth,
      alignTo(part.columns, 2) * gpt::panelWidth);
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
}

static void packPart(const PackJob &job, WeightView::Rectangle part,
                     Packed &packed) {
  mlir::Type element = job.storage.getElementType();
  if (job.layout != gpt::Layout::panels)
    return element.isF32() ? packRows<float>(job, part, packed)
                           : packRows<uint16_t>(job, part, packed);
  switch (gpt::OperandFormat::ofWeight(element)->arithmetic) {
  case gpt::Arithmetic::f32:
    return packPanel<float>(job, part, packed);
  case gpt::Arithmetic::bf16:
    return packPairs(job, part, packed);
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
/// The unit of work of a thread: it packs a unit of a job or hashes a chunk of
/// a file.
struct Task {
  /// The address that orders tasks: the first byte of a chunk, or the last
  /// element that a unit reads.
  const char *place;
  const PackJob *job;
  ContentHash *hash;
  int64_t index;
};

/// Packs all jobs and hashes all files on all cores.
class Packer {
public:
  Packer(ArrayRef<PackJob> jobs, ArrayRef<CheckpointFile> files,
         WeightSink write, PackProgress progress)
      : files(files), write(write), progress(progress) {
    for (const CheckpointFile &file : files)
      hashes.emplace_back(file.getContent());
    for (ContentHash &hash : hashes)
      for (size_t chunk = 0; chunk < hash.getChunkCount(); ++chunk)
        tasks.push_back(
            {hash.getChunk(chunk).data(), nullptr, &hash, int64_t(chunk)});
    for (const PackJob &job : jobs) {
      for (int64_t unit = 0; unit < job.units(); ++unit)
        tasks.push_back(
            {job.view.findLast(job.partOf(unit)), &job, nullptr, unit});
      totalBytes += job.bytes();
    }
    // Each file is read from its begin to its end: hashing a chunk reads it
    // from the disk in sequence, and the units that end in it then read it from
    // the cache.
    llvm::sort(tasks, [](const Task &a, const Task &b) {
      return std::tuple(a.place, a.hash == nullptr) <
             std::tuple(b.place, b.hash == nullptr);
    });
  }

  Error run() {
    CrashRecoveryContext::Enable();
    DefaultThreadPool pool;
    for (unsigned i = 0; i < pool.getMaxConcurrency(); ++i)
      pool.async([this] { carryOutTasks(); });
    pool.wait();
    CrashRecoveryContext::Disable();
    return std::move(error);
  }

  /// Returns the content hash of each file. All tasks must be done.
  std::vector<std::string> getHashes() const {
    std::vector<std::string> all;
    for (const ContentHash &hash : hashes)
      all.push_back(hash.get());
    return all;
  }

private:
  void carryOutTasks() {
    // RunSafely leaves its function without destructors when a signal arrives,
    // so that the thread's memory is owned outside of it.
    size_t task = 0;
    Packed packed;
    CrashRecoveryContext recovery;
    bool isDone = recovery.RunSafely([&] {
      while ((task = nextTask++) < tasks.size() && !failed)
        carryOut(tasks[task], packed);
    });
    if (isDone)
      return;
    // Reading a mapped file raises SIGBUS; any other signal is a bug of gptc.
    int signal = recovery.RetCode - 128;
    if (signal != SIGBUS) {
      CrashRecoveryContext::Disable();
      std::raise(signal);
    }
    finish(cannotRead(tasks[task]), 0);
  }

  Error cannotRead(const Task &task) const {
    auto file = find_if(files, [&](const CheckpointFile &file) {
      return task.place >= file.getContent().begin() &&
             task.place < file.getContent().end();
    });
    return createStringError("cannot read '" + file->getPath() +
                             "': it has become shorter or its disk fails");
  }

  void carryOut(const Task &task, Packed &packed) {
    if (task.hash) {
      task.hash->hashChunk(task.index);
      return;
    }
    packPart(*task.job, task.job->partOf(task.index), packed);
    finish(write(packed.offset, packed.bytes), packed.bytes.size());
  }

  void finish(Error result, int64_t bytes) {
    std::lock_guard<std::mutex> lock(mutex);
    doneBytes += bytes;
    if (result) {
      // Only the first error is kept: all threads share the disk.
      if (failed.exchange(true))
        consumeError(std::move(result));
      else
        error = std::move(result);
    } else if (progress) {
      progress(doneBytes, totalBytes);
    }
  }

  ArrayRef<CheckpointFile> files;
  WeightSink write;
  PackProgress progress;
  std::vector<ContentHash> hashes;
  std::vector<Task> tasks;
  std::atomic<size_t> nextTask = 0;
  std::atomic<bool> failed = false;
  std::mutex mutex;
  int64_t doneBytes = 0, totalBytes = 0;
  Error error = Error::success();
};
} // namespace

Expected<std::vector<std::string>>
gptc::packWeights(mlir::ModuleOp module, const Checkpoint &checkpoint,
                  WeightSink write, PackProgress progress) {
  auto jobs = makeJobs(module, checkpoint);
  if (!jobs)
    return jobs.takeError();
  Packer packer(*jobs, checkpoint.getFiles(), write, progress);
  Error packed = packer.run();
  for (const CheckpointFile &file : checkpoint.getFiles())
    if (Error error = file.checkUnchanged()) {
      consumeError(std::move(packed)); // the change of the file is its cause
      return error;
    }
  if (packed)
    return packed;
  return packer.getHashes();
}

//===- BufferPlan.h - Which values of an entry share a buffer -------------===//
//
// The one place that decides what is computed in place. Every value of the
// forward pass has a place: columns of a buffer. A value may take the place of
// another where nobody reads that any more, or where the op that makes it reads
// every element of that before it writes the same element. `verify` proves of
// a whole plan, by the lifetimes of all values, that nothing is written while
// it is still read.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_PASSES_CPU_BUFFERPLAN_H
#define GPTC_PASSES_CPU_BUFFERPLAN_H

#include "dialect/Gpt.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace gptc {

class BufferPlan {
public:
  /// Plans for `entry`, a function of gpt ops on static tensors. `storedType`
  /// is the element type that a value's buffer has: values share a buffer only
  /// where it is the same.
  BufferPlan(mlir::func::FuncOp entry,
             llvm::function_ref<mlir::Type(mlir::Value)> storedType);

  /// The value whose buffer `value` is computed in; null if it has one of its
  /// own. That value may have a leader itself.
  mlir::Value leaderOf(mlir::Value value) const {
    return leaders.lookup(value);
  }

  /// Computes `value` in the place of `leader`, whatever their lifetimes are.
  void share(mlir::Value value, mlir::Value leader);

  /// An error at the op that overwrites what another one reads later.
  mlir::LogicalResult verify() const;

  /// Columns of the buffer that belongs to the value `buffer`.
  struct Place {
    mlir::Value buffer;
    int64_t first, columns;

    bool overlaps(const Place &other) const {
      return buffer == other.buffer && first < other.first + other.columns &&
             other.first < first + columns;
    }
    bool operator==(const Place &other) const {
      return buffer == other.buffer && first == other.first &&
             columns == other.columns;
    }
  };

private:
  /// A value, or what one gpt.columns shows of it, from where it is written to
  /// where it is last read. Times number the ops in the order of the program.
  struct Life {
    mlir::Value value;
    /// The value that was written: what gpt.columns is taken from.
    mlir::Value written;
    Place place;
    int64_t begin, end;
  };

  mlir::Block *body;
  llvm::DenseMap<mlir::Operation *, int64_t> times;
  llvm::SmallVector<Life> lives;
  llvm::DenseMap<mlir::Value, size_t> lifeOf;
  llvm::DenseMap<mlir::Value, mlir::Value> leaders;

  void addLives(mlir::func::FuncOp entry);
  void addLife(mlir::Value value);
  int64_t beginOf(mlir::Value value) const;
  int64_t endOf(Life life) const;
  int64_t timeAfter(gpt::LayersOp layers) const;
  void moveTo(mlir::Value value, Place place);
  const Life *findClash(const Life &life, const Place &place) const;
  bool clash(const Life &a, const Place &placeOfA, const Life &b) const;
  void decide(mlir::func::FuncOp entry,
              llvm::function_ref<mlir::Type(mlir::Value)> storedType);
  void shareIfFree(mlir::Value value, mlir::Value leader,
                   llvm::function_ref<mlir::Type(mlir::Value)> storedType);
};

} // namespace gptc

#endif // GPTC_PASSES_CPU_BUFFERPLAN_H

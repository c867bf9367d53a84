//===- Cost.h - What an op moves and computes -----------------------------===//
//
// The least that a machine has to do for one run of an op on weights in their
// storage types, for `T` rows of one sequence at positions `p` to `p + T - 1`:
//
// - `linear`: the weight and bias; 2 T C O FLOPs
// - `unembed`: the weight; 2 T C O FLOPs
// - `embedding`: T rows of the table
// - `norm`: scale and bias
// - `kv_append`: T keys and values of K heads
// - `attention`: S keys and values of K heads; 4 D H V FLOPs
//
// A row at position `i` sees `min(i + 1, window)` positions, itself included:
// `V` is their number, summed over the rows; `S` is that of the positions that
// some row sees. `H` heads of `D` channels share the keys and values of `K`.
//
// Bytes are those of weights, as packed, and of the KV cache: activations stay
// in the caches. A multiplication and its addition are two FLOPs. What ops do
// value by value (norms, activations, rotations, residuals, exponentials) is
// not counted: it is little beside the products.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_DIALECT_COST_H
#define GPTC_DIALECT_COST_H

#include "dialect/Gpt.h"

namespace gptc::gpt {

/// The rows of one call of an entry: tokens of one sequence at adjacent
/// positions.
struct CallRows {
  int64_t firstPosition, count;
};

/// Whole numbers, floating so that no model overflows them.
struct Cost {
  double bytes = 0, flops = 0;
};

/// Returns the cost of one run of `op`, an op of a module at the phase
/// `packed`, by the formulas above.
Cost costOf(mlir::Operation *op, CallRows rows);

} // namespace gptc::gpt

#endif // GPTC_DIALECT_COST_H

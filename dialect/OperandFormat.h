//===- OperandFormat.h - Storage and arithmetic of products ---------------===//
//
// A product multiplies activations by a weight in panels,
// `[O / panel][C / group][panel][group]`: a panel holds `panel` outputs, and
// `group` values along k lie side by side, as many as one instruction of the
// format multiplies and adds for each output. The last dimension is left out
// where the group is 1. A format is a row of the table in OperandFormat.cpp and
// a kernel for every target (passes/cpu/VectorizeProduct.cpp). Ops whose result
// only products of one format read round it as the format says.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_DIALECT_OPERANDFORMAT_H
#define GPTC_DIALECT_OPERANDFORMAT_H

#include "dialect/Gpt.h"

namespace gptc::gpt {

struct OperandFormat {
  /// How sums are made. It identifies the format.
  Arithmetic arithmetic;
  /// The element type of the weight, logical and in memory.
  mlir::Type (*elementType)(mlir::MLIRContext *);
  /// The values along k that lie side by side in a panel.
  int64_t group;
  /// The outputs of a panel.
  int64_t panel;
  /// The type that activations are rounded to. Instructions that multiply
  /// groups read them in this type, other kernels read the same values as f32.
  mlir::Type (*activationType)(mlir::MLIRContext *);

  /// Returns true if activations are rounded before they are multiplied.
  bool rounds(mlir::MLIRContext *context) const;
  /// The groups along k of a weight of `channels` input channels.
  int64_t groups(int64_t channels) const;
  /// The shape of all panels of a weight of shape `outputs x channels`.
  llvm::SmallVector<int64_t> panelShape(int64_t outputs,
                                        int64_t channels) const;
  /// The shape of `channels` channels of `outputs` outputs of one panel.
  llvm::SmallVector<int64_t> tileShape(int64_t channels, int64_t outputs) const;

  static const OperandFormat &of(Arithmetic arithmetic);
  /// The format of weights of this element type, null if no kernel reads them.
  static const OperandFormat *ofWeight(mlir::Type elementType);
};

} // namespace gptc::gpt

#endif // GPTC_DIALECT_OPERANDFORMAT_H

//===- Vectorize.cpp - Lowers tile ops to loops of vectors ----------------===//

#include "passes/Passes.h"
#include "passes/cpu/VectorizeTile.h"

#include "llvm/ADT/TypeSwitch.h"

namespace gptc {
#define GEN_PASS_DEF_VECTORIZE
#include "passes/Passes.h.inc"
} // namespace gptc

using namespace mlir;
using namespace gptc;

namespace {

struct Vectorize : gptc::impl::VectorizeBase<Vectorize> {
  using VectorizeBase::VectorizeBase;

  void runOnOperation() override {
    getOperation().walk([&](Operation *op) {
      TypeSwitch<Operation *>(op)
          .Case<gpt::TileEmbeddingOp, gpt::TileNormOp, gpt::TileMapOp,
                gpt::TileGatedOp, gpt::TileSoftCapOp, gpt::TileRotaryTableOp,
                gpt::TileRotaryOp, gpt::TileKvAppendOp, gpt::TileExpandOp,
                gpt::TileLinearOp, gpt::TileLinearRowOp, gpt::TileAttentionOp>(
              [&](auto tile) {
                VectorBuilder b(tile.getLoc(), tile);
                b.hasBf16 = bf16;
                vectorize(b, tile);
                tile.erase();
              });
    });
  }
};

} // namespace

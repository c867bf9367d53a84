//===- Passes.td - The compiler's steps --------------------*- tablegen -*-===//

#ifndef GPTC_PASSES_PASSES_TD
#define GPTC_PASSES_PASSES_TD

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// graph/: on gpt ops, for every target
//===----------------------------------------------------------------------===//

def FuseLinears : Pass<"gpt-fuse-linears", "::mlir::ModuleOp"> {
  let summary = "Make one gpt.linear of those that share an input";
  let description = [{
    Query, key and value become one product, and so do gate and up, whose weight
    is theirs joined by rows: the input is read once and the panels are many
    enough to share among threads. Weights are joined by their plans, no data moves.

    Before:
    ```mlir
    %q = gpt.linear %x, %wq : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32>
    %k = gpt.linear %x, %wk : tensor<4x8xf32>, tensor<2x8xf32> -> tensor<4x2xf32>
    ```
    After:
    ```mlir
    %0 = gpt.linear %x, %wqk : tensor<4x8xf32>, tensor<10x8xf32> -> tensor<4x10xf32>
    %q = gpt.columns %0[0] : tensor<4x10xf32> -> tensor<4x8xf32>
    %k = gpt.columns %0[8] : tensor<4x10xf32> -> tensor<4x2xf32>
    ```
    Joins linears of one block only, with weights of one element type, all with
    a bias or none, and neither activation nor residual. Leaves a linear alone
    that only an activation or an addition reads: it will take that. Bit-exact.
  }];
  let dependentDialects = ["::gptc::gpt::GptDialect"];
}

def FuseActivation : Pass<"gpt-fuse-activation", "::mlir::func::FuncOp"> {
  let summary = "Move an activation into the gpt.linear that feeds it";
  let description = [{
    The activation then runs on the sums before they are stored: one write and
    one read of the `T x 4C` activations less per layer.

    Before:
    ```mlir
    %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<32x8xf32> -> tensor<4x32xf32>
    %1 = gpt.activation gelu_tanh %0 : tensor<4x32xf32>
    ```
    After:
    ```mlir
    %1 = gpt.linear %x, %w then gelu_tanh : tensor<4x8xf32>, tensor<32x8xf32> -> tensor<4x32xf32>
    ```
    Leaves a linear alone that has another use, an activation or a residual.
    Bit-exact.
  }];
  let dependentDialects = ["::gptc::gpt::GptDialect"];
}

def FuseResidual : Pass<"gpt-fuse-residual", "::mlir::func::FuncOp"> {
  let summary = "Move a residual addition into the gpt.linear that feeds it";
  let description = [{
    The sums are added to the residual while they are in registers: one write
    and one read of the `T x C` activations less, twice per layer.

    Before:
    ```mlir
    %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32>
    %1 = gpt.add %h, %0 : tensor<4x8xf32>
    ```
    After:
    ```mlir
    %1 = gpt.linear %x, %w plus(%h : tensor<4x8xf32>) : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32>
    ```
    Leaves a linear alone that has another use or a residual. Bit-exact.
  }];
  let dependentDialects = ["::gptc::gpt::GptDialect"];
}

def SpecializeEntries : Pass<"gpt-specialize-entries", "::mlir::ModuleOp"> {
  let summary = "Make the entries prompt, token and unembed of the forward pass";
  let description = [{
    `@forward` becomes three functions of static row capacity:

    | entry     | capacity          | from                | to                 |
    |-----------|-------------------|---------------------|--------------------|
    | `prompt`  | min(512, context) | tokens              | last hidden state  |
    | `token`   | 1                 | tokens              | last hidden state  |
    | `unembed` | 16                | rows of that state  | their logits       |

    A caller gives fewer rows than the capacity as it likes: every op works row
    by row, so what the others hold does not matter. What depends on the result
    of `gpt.layers` goes to `unembed`, so a prompt pays for the logits of its
    last row only.

    Before:
    ```mlir
    func.func @forward(%tokens: tensor<?xi32>, %positions: tensor<?xi32>,
                       %sequences: tensor<?xi32>) -> tensor<?x50257xf32>
    ```
    After:
    ```mlir
    func.func @prompt(%tokens: tensor<512xi32>, %positions: tensor<512xi32>,
                      %sequences: tensor<512xi32>) -> tensor<512x768xf32>
    func.func @token(…) -> tensor<1x768xf32>
    func.func @unembed(%hidden: tensor<512x768xf32>, %rows: tensor<16xi32>) -> tensor<16x50257xf32>
    ```
    An error if the forward pass has not exactly one `gpt.layers`, or if other
    values than its result pass from before it to after it. Bit-exact.
  }];
  let dependentDialects = ["::gptc::gpt::GptDialect"];
}

def ChooseArithmetic : Pass<"gpt-choose-arithmetic", "::mlir::ModuleOp"> {
  let summary = "Choose each weight's element type and how its products are summed";
  let description = [{
    Vectors become f32. Matrices become what `dtype` says: `stored` keeps bf16
    and makes all else f32. A product with a bf16 matrix rounds its activations
    to bf16 and sums in f32.

    Before:
    ```mlir
    %y = gpt.linear %x, %w : tensor<4x8xf32>, tensor<8x8xbf16> -> tensor<4x8xf32>
    ```
    After:
    ```mlir
    %y = gpt.linear %x, %w in bf16 : tensor<4x8xf32>, tensor<8x8xbf16> -> tensor<4x8xf32>
    ```
    The only pass that changes the numerics: by the rounding of the weights and
    of the activations of bf16 products.
  }];
  let options = [
    Option<"dtype", "dtype", "std::string", "\"stored\"", "stored, f32 or bf16">
  ];
  let dependentDialects = ["::gptc::gpt::GptDialect"];
}

//===----------------------------------------------------------------------===//
// cpu/
//===----------------------------------------------------------------------===//

def PackWeights : Pass<"gpt-pack-weights", "::mlir::ModuleOp"> {
  let summary = "Give every weight the storage type that the CPU's kernels read";
  let description = [{
    Matrices of products become panels of 64 outputs, `[O/64][C][64]` (bf16 in
    pairs of k, `[O/64][C/2][64][2]`): a panel is a sequential read in decode
    and the operand of a register tile in prefill. Other tables stay rows,
    vectors stay vectors. The layout follows from shape and type alone, never
    from the instruction set.

    Before:
    ```mlir
    gpt.weight @head : tensor<211x40xf32> from [#gpt.load<"wte.weight" : tensor<211x40xf32>>]
    %w = gpt.get_weight @head : tensor<211x40xf32>
    ```
    After:
    ```mlir
    gpt.weight @head : tensor<211x40xf32> from [#gpt.load<…>, #gpt.pack<panels>]
    %w = gpt.get_weight @head : tensor<4x40x64xf32>
    ```
    Bit-exact.
  }];
  let dependentDialects = ["::gptc::gpt::GptDialect"];
}

def Tile : Pass<"gpt-tile", "::mlir::ModuleOp"> {
  let summary = "Turn the entries into loops over tiles on buffers";
  let description = [{
    Every op becomes the loops that visit its tiles, `scf.forall` for what
    threads share and `scf.for` inside, around one `gpt.tile` op. Sizes come
    from the tile table (passes/cpu/TileTable.cpp), by instruction set and by
    rows. A value becomes a buffer of its own, or the columns of another value
    that it is made from where nothing else reads those; entries take `%count`,
    how many rows are real, the KV cache and its block table, and the buffers
    that live from one call to the next.

    Before:
    ```mlir
    %1 = gpt.linear %x, %w : tensor<512x768xf32>, tensor<12x768x64xf32> -> tensor<512x768xf32>
    ```
    After:
    ```mlir
    %y = memref.alloc() : memref<516x768xf32>
    scf.forall (%panel) in (12) {
      scf.for %column = %c0 to %c64 step %c16 {
        scf.for %row = %c0 to %count step %c6 {
          …
          gpt.tile.linear %xs, %ws to %ys : memref<6x768xf32, …>, memref<768x16xf32, …>, memref<6x16xf32, …>
    ```
    The panels of a product of one row are shared among `gpt.threads`; a thread
    computes several of them at a time, in one `gpt.tile.linear_row`.

    A product over more than 1,024 channels without activation is summed in equal
    parts, one after the other, whatever the tile. The tiles' sizes never change
    the bits.
  }];
  let options = [
    Option<"isa", "isa", "std::string", "\"avx2\"", "row of the tile table: avx2, avx512, avx512bf16 or neon">,
    ListOption<"tiles", "tiles", "std::string", "KERNEL:MxN instead of the table's row">
  ];
  let dependentDialects = [
    "::gptc::gpt::GptDialect", "::mlir::arith::ArithDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"
  ];
}

def Vectorize : Pass<"gpt-vectorize", "::mlir::func::FuncOp"> {
  let summary = "Turn tile ops into loops of 16-lane vectors";
  let description = [{
    A linear holds its `M x N` sums in registers over the whole K loop;
    attention makes scores, maximum, sum and value sum of a unit of 512
    positions and merges units in ascending order; blocks before the window are
    not touched. Sums over a row run in 16 lanes and end in a fixed tree; exp,
    sine and cosine are polynomials, no function of libm is called. The vectors
    are 16 lanes wide whatever the target, so the bits are too. Where input and
    weight are both in bf16, `bf16` takes AVX-512 BF16's instructions, which give
    the bits of the two multiply-adds that others take.

    Before:
    ```mlir
    gpt.tile.linear %x, %w to %y : memref<6x768xf32, …>, memref<768x16xf32, …>, memref<6x16xf32, …>
    ```
    After:
    ```mlir
    %sums:6 = scf.for %k = %c0 to %c768 step %c1 iter_args(…) {
      %b = vector.load %w[%k, %c0] : memref<768x16xf32, …>, vector<16xf32>
      %a = memref.load %x[%c0, %k]
      %0 = vector.broadcast %a : f32 to vector<16xf32>
      %1 = math.fma %0, %b, %acc : vector<16xf32>
      …
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect", "::mlir::x86vector::X86VectorDialect"
  ];
  let options = [
    Option<"bf16", "bf16", "bool", "false", "the target has AVX-512 BF16">
  ];
}

def AssignArena : Pass<"gpt-assign-arena", "::mlir::ModuleOp"> {
  let summary = "Give every buffer its place in one arena, every weight its offset";
  let description = [{
    Buffers whose lives do not overlap share memory: first fit over the order
    of the program, where a buffer made outside a loop and used inside lives
    through the loop. The hidden state and the logits, which live from one call
    to the next, come first. `gpt.get_weight` becomes a view of the weights
    section.

    Before:
    ```mlir
    %y = memref.alloc() : memref<516x768xf32>
    ```
    After:
    ```mlir
    %y = memref.view %arena[%c1585152][] : memref<4755456xi8> to memref<516x768xf32>
    ```
  }];
  let dependentDialects = [
    "::gptc::gpt::GptDialect", "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"
  ];
}

def LowerEntries : Pass<"gpt-lower-entries", "::mlir::ModuleOp"> {
  let summary = "Give entries and parallel loops the ABI of runtime/engine/Abi.h";
  let description = [{
    An entry becomes an `llvm.func` that takes `gptc_arguments`. The body of an
    `scf.forall` becomes a function that `gptc_parallel_for` calls; it finds
    the buffers through the same arguments, so only numbers are captured.
    `gpt.threads` is a field of them.
    `gptc_model` describes the program; `cpu`, `target` and `features` go into
    it. The module's `gpt.memory` says what running takes.

    Before:
    ```mlir
    func.func @token(%weights: memref<…xi8>, …) {
      scf.forall (%panel) in (12) { … }
    ```
    After:
    ```mlir
    llvm.func @token(%arguments: !llvm.ptr) {
      llvm.call @gptc_parallel_for(%pool, %token_0, %context, %c12)
    ```
  }];
  let options = [
    Option<"features", "features", "std::string", "\"\"", "CPU features that the program needs">,
    Option<"cpu", "cpu", "std::string", "\"\"", "the CPU's name">,
    Option<"target", "target", "std::string", "\"\"", "the target triple">
  ];
  let dependentDialects = [
    "::gptc::gpt::GptDialect", "::mlir::arith::ArithDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::scf::SCFDialect"
  ];
}

//===----------------------------------------------------------------------===//
// What a phase promises
//===----------------------------------------------------------------------===//

def VerifyPhase : Pass<"gpt-verify-phase", "::mlir::ModuleOp"> {
  let summary = "Check what holds after a phase";
  let description = [{
    Fails with the first op that breaks the promise of `phase`, so that an
    edited dump, or a pass that did half its work, is caught where it happens.
  }];
  let options = [
    Option<"phase", "phase", "std::string", "\"graph\"", "name of the phase">
  ];
}

#endif // GPTC_PASSES_PASSES_TD

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
    gpt.weight @mlp.gate : tensor<6x8xf32> from [#gpt.load<"gate" : tensor<6x8xf32>>]
    gpt.weight @mlp.up : tensor<6x8xf32> from [#gpt.load<"up" : tensor<6x8xf32>>]
    %wg = gpt.get_weight @mlp.gate : tensor<6x8xf32>
    %g = gpt.linear %x, %wg : tensor<4x8xf32>, tensor<6x8xf32> -> tensor<4x6xf32>
    %wu = gpt.get_weight @mlp.up : tensor<6x8xf32>
    %u = gpt.linear %x, %wu : tensor<4x8xf32>, tensor<6x8xf32> -> tensor<4x6xf32>
    %y = gpt.gated silu %g, %u : tensor<4x6xf32>
    ```
    After:
    ```mlir
    gpt.weight @mlp.gate_up : tensor<12x8xf32> from [
      #gpt.load<"gate" : tensor<6x8xf32>>, #gpt.load<"up" : tensor<6x8xf32>>, #gpt.concatenate<2>]
    %w = gpt.get_weight @mlp.gate_up : tensor<12x8xf32>
    %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<12x8xf32> -> tensor<4x12xf32>
    %u = gpt.columns %0[6] : tensor<4x12xf32> -> tensor<4x6xf32>
    %g = gpt.columns %0[0] : tensor<4x12xf32> -> tensor<4x6xf32>
    %y = gpt.gated silu %g, %u : tensor<4x6xf32>
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
    gpt.model "small" family "gpt2" {
      layers = 2, channels = 8, heads = 2, kv_heads = 2, head_size = 4, context_length = 1024,
      vocabulary = 70, sources = [], directory = ""}
    gpt.weight @table : tensor<70x8xf32> from [#gpt.load<"table" : tensor<70x8xf32>>]
    func.func @forward(%tokens: tensor<?xi32> {gpt.role = #gpt.role<tokens>},
                       %positions: tensor<?xi32> {gpt.role = #gpt.role<positions>},
                       %sequences: tensor<?xi32> {gpt.role = #gpt.role<sequences>})
        -> (tensor<?x70xf32> {gpt.role = #gpt.role<logits>}) {
      %table = gpt.get_weight @table : tensor<70x8xf32>
      %x = gpt.embedding %tokens, %table : tensor<?xi32>, tensor<70x8xf32> -> tensor<?x8xf32>
      %y = gpt.layers %x schedule [0, 0] : tensor<?x8xf32> {
      ^bb0(%layer: index, %hidden: tensor<?x8xf32>):
        %next = gpt.activation silu %hidden : tensor<?x8xf32>
        gpt.yield %next : tensor<?x8xf32>
      }
      %logits = gpt.unembed %y, %table : tensor<?x8xf32>, tensor<70x8xf32> -> tensor<?x70xf32>
      return %logits : tensor<?x70xf32>
    }
    ```
    After:
    ```mlir
    func.func @prompt(%tokens: tensor<512xi32> {gpt.role = #gpt.role<tokens>},
                      %positions: tensor<512xi32> {gpt.role = #gpt.role<positions>},
                      %sequences: tensor<512xi32> {gpt.role = #gpt.role<sequences>})
        -> (tensor<512x8xf32> {gpt.role = #gpt.role<hidden>}) {
      …
      %y = gpt.layers %x schedule [0, 0] : tensor<512x8xf32> {
      …
      return %y : tensor<512x8xf32>
    }
    func.func @token(…) -> (tensor<1x8xf32> {gpt.role = #gpt.role<hidden>}) {
      …
    }
    func.func @unembed(%hidden: tensor<512x8xf32> {gpt.role = #gpt.role<hidden>},
                       %rows: tensor<16xi32> {gpt.role = #gpt.role<rows>})
        -> (tensor<16x70xf32> {gpt.role = #gpt.role<logits>}) {
      %y = gpt.select_rows %hidden, %rows : tensor<512x8xf32>, tensor<16xi32> -> tensor<16x8xf32>
      %table = gpt.get_weight @table : tensor<70x8xf32>
      %logits = gpt.unembed %y, %table : tensor<16x8xf32>, tensor<70x8xf32> -> tensor<16x70xf32>
      return %logits : tensor<16x70xf32>
    }
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
    gpt.weight @up : tensor<6x8xbf16> from [#gpt.load<"up" : tensor<6x8xbf16>>]
    gpt.weight @up.bias : tensor<6xbf16> from [#gpt.load<"bias" : tensor<6xbf16>>]
    %w = gpt.get_weight @up : tensor<6x8xbf16>
    %b = gpt.get_weight @up.bias : tensor<6xbf16>
    %y = gpt.linear %x, %w bias(%b : tensor<6xbf16>)
       : tensor<4x8xf32>, tensor<6x8xbf16> -> tensor<4x6xf32>
    ```
    After:
    ```mlir
    gpt.weight @up : tensor<6x8xbf16> from [#gpt.load<"up" : tensor<6x8xbf16>>]
    gpt.weight @up.bias : tensor<6xf32> from [#gpt.load<"bias" : tensor<6xbf16>>, #gpt.convert<f32>]
    %w = gpt.get_weight @up : tensor<6x8xbf16>
    %b = gpt.get_weight @up.bias : tensor<6xf32>
    %y = gpt.linear %x, %w bias(%b : tensor<6xf32>) in bf16
       : tensor<4x8xf32>, tensor<6x8xbf16> -> tensor<4x6xf32>
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
    gpt.weight @head : tensor<211x40xf32> from [#gpt.load<"wte" : tensor<211x40xf32>>]
    %w = gpt.get_weight @head : tensor<211x40xf32>
    %y = gpt.unembed %x, %w : tensor<4x40xf32>, tensor<211x40xf32> -> tensor<4x211xf32>
    ```
    After:
    ```mlir
    gpt.weight @head : tensor<211x40xf32> from [#gpt.load<"wte" : tensor<211x40xf32>>, #gpt.pack<panels>]
    %w = gpt.get_weight @head : tensor<211x40xf32, #gpt.packed<panels>>
    %y = gpt.unembed %x, %w
       : tensor<4x40xf32>, tensor<211x40xf32, #gpt.packed<panels>> -> tensor<4x211xf32>
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
    // gptc-opt --gpt-tile --canonicalize --cse
    gpt.weight @w : tensor<768x768xf32> from [#gpt.load<"w" : tensor<768x768xf32>>, #gpt.pack<panels>]
    %w = gpt.get_weight @w : tensor<768x768xf32, #gpt.packed<panels>>
    %y = gpt.linear %x, %w then relu
       : tensor<512x768xf32>, tensor<768x768xf32, #gpt.packed<panels>> -> tensor<512x768xf32>
    ```
    After:
    ```mlir
    %w = gpt.get_weight @w : memref<12x768x64xf32>
    …
    scf.for %block = %c0 to %blocks step %c1 {
      …
      scf.forall (%panel) in (12) {
        scf.for %column = %c0 to %c64 step %c16 {
          %ws = memref.subview %w[%panel, 0, %column] [1, 768, 16] [1, 1, 1] : …
          …
          scf.for %row = %first to %end step %c6 {
            %xs = memref.subview %x[%row, 0] [6, 768] [1, 1] : …
            …
            gpt.tile.linear %xs, %ws then relu ahead(%next : …) to %ys
              : memref<6x768xf32, …>, memref<768x16xf32, …>, memref<6x16xf32, …>
          }
        }
      }
    }
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
    // gptc-opt --gpt-vectorize --canonicalize --cse
    gpt.tile.linear %x, %w to %y : memref<2x768xf32>, memref<768x16xf32>, memref<2x16xf32>
    ```
    After:
    ```mlir
    %sums:2 = scf.for %k = %c0 to %c768 step %c4 iter_args(%s0 = %zero, %s1 = %zero) -> … {
      %x0 = memref.load %x[%c0, %k] : memref<2x768xf32>
      %v0 = vector.broadcast %x0 : f32 to vector<16xf32>
      %wk = vector.load %w[%k, %c0] : memref<768x16xf32>, vector<16xf32>
      %t0 = math.fma %v0, %wk, %s0 : vector<16xf32>
      %x1 = memref.load %x[%c1, %k] : memref<2x768xf32>
      %v1 = vector.broadcast %x1 : f32 to vector<16xf32>
      %t1 = math.fma %v1, %wk, %s1 : vector<16xf32>
      …
    }
    vector.store %sums#0, %y[%c0, %c0] : memref<2x16xf32>, vector<16xf32>
    vector.store %sums#1, %y[%c1, %c0] : memref<2x16xf32>, vector<16xf32>
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
    gpt.weight @bias : tensor<64xf32> from [#gpt.load<"bias" : tensor<64xf32>>, #gpt.pack<vector>]
    func.func @token() {
      %bias = gpt.get_weight @bias : memref<64xf32>
      %x = memref.alloc() : memref<64xf32>
      memref.copy %bias, %x : memref<64xf32> to memref<64xf32>
      %y = memref.alloc() : memref<64xf32>
      memref.copy %x, %y : memref<64xf32> to memref<64xf32>
      %z = memref.alloc() : memref<64xf32>
      memref.copy %y, %z : memref<64xf32> to memref<64xf32>
      return
    }
    ```
    After:
    ```mlir
    gpt.weight @bias : tensor<64xf32> from [#gpt.load<"bias" : tensor<64xf32>>, #gpt.pack<vector>]
    func.func @token(%weights: memref<256xi8> {gpt.role = #gpt.role<weights>},
                     %arena: memref<512xi8> {gpt.role = #gpt.role<arena>}) {
      %0 = arith.constant 0 : index
      %bias = memref.view %weights[%0][] : memref<256xi8> to memref<64xf32>
      %1 = arith.constant 0 : index
      %x = memref.view %arena[%1][] : memref<512xi8> to memref<64xf32>
      memref.copy %bias, %x : memref<64xf32> to memref<64xf32>
      %2 = arith.constant 256 : index
      %y = memref.view %arena[%2][] : memref<512xi8> to memref<64xf32>
      memref.copy %x, %y : memref<64xf32> to memref<64xf32>
      %3 = arith.constant 0 : index
      %z = memref.view %arena[%3][] : memref<512xi8> to memref<64xf32>
      memref.copy %y, %z : memref<64xf32> to memref<64xf32>
      return
    }
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
    gpt.model "small" family "gpt2" {
      layers = 2, channels = 8, heads = 2, kv_heads = 2, head_size = 4, context_length = 1024,
      vocabulary = 70, sources = [], directory = ""}
    func.func @token(%arena: memref<4096xi8> {gpt.role = #gpt.role<arena>},
                     %tokens: memref<1xi32> {gpt.role = #gpt.role<tokens>}) {
      %c0 = arith.constant 0 : index
      %zero = arith.constant 0.0 : f32
      %x = memref.view %arena[%c0][] : memref<4096xi8> to memref<64xf32>
      scf.forall (%i) in (64) {
        memref.store %zero, %x[%i] : memref<64xf32>
      }
      return
    }
    ```
    After:
    ```mlir
    module attributes {gpt.memory = #gpt.memory<buffers = 4096, cache = 0, thread = 0>} {
      llvm.func @gptc_parallel_for(!llvm.ptr, !llvm.ptr, !llvm.ptr, i64)
      …
      llvm.func internal @token.0(%context: !llvm.ptr, %first: i64, %last: i64, %worker: i64) {
        …
        %x = memref.view %arena[%c0][] : memref<4096xi8> to memref<64xf32>
        %begin = arith.index_cast %first : i64 to index
        %end = arith.index_cast %last : i64 to index
        …
        scf.for %i = %begin to %end step %c1 {
          memref.store %zero, %x[%i] : memref<64xf32>
        }
        llvm.return
      }
      llvm.func internal @token(%arguments: !llvm.ptr) {
        …
        %loop = llvm.mlir.addressof @token.0 : !llvm.ptr
        %iterations = arith.index_cast %product : index to i64
        llvm.call @gptc_parallel_for(%pool, %loop, %context, %iterations) : …
        llvm.return
      }
      …
      llvm.mlir.global external constant @gptc_model() …
      …
    }
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
    passes/VerifyPhase.cpp lists what each phase's promise is made of; a pass
    and the check of what it leaves share their predicates
    (passes/graph/Predicates.h).

    Refused:
    ```mlir
    // gptc-opt --gpt-verify-phase=phase=fused
    %0 = gpt.linear %x, %w : tensor<4x8xf32>, tensor<6x8xf32> -> tensor<4x6xf32>
    // expected-error @below {{'gpt.activation' after phase 'fused'}}
    %1 = gpt.activation relu %0 : tensor<4x6xf32>
    ```
  }];
  let options = [
    Option<"phase", "phase", "std::string", "\"graph\"", "name of the phase">
  ];
}

#endif // GPTC_PASSES_PASSES_TD

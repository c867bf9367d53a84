//===- GptTileOps.td - One register tile of an op ----------*- tablegen -*-===//
//
// The ops inside the loops of the phase `tiled`. Operands are memrefs: a
// buffer of `T x C` activations has `T` rows rounded up to the tile and a row
// every `C` rounded up to 64 floats, so that no kernel has a scalar tail.
// Columns from `C` on have no meaning and any value; no result depends on them.
//
// `for` names the arithmetic of the products that alone read what an op writes:
// the op rounds it as their operand format says (dialect/OperandFormat.h). The
// values are stored as f32 or, for instructions that multiply groups along k,
// in the format's own type of activations.
//
//===----------------------------------------------------------------------===//

#ifndef GPTC_DIALECT_GPTTILEOPS_TD
#define GPTC_DIALECT_GPTTILEOPS_TD

include "dialect/GptOps.td"

class Gpt_TileOp<string mnemonic, list<Trait> traits = []> :
    Gpt_Op<"tile." # mnemonic, traits>;

/// `C` channels of one token.
def Gpt_RowBuffer : MemRefRankOf<[F32], [1]>;
/// Some rows of activations.
def Gpt_RowsBuffer : MemRefRankOf<[F32], [2]>;
/// Inputs of products: f32, or rounded to bf16.
def Gpt_InputRow : MemRefRankOf<[F32, BF16], [1]>;
def Gpt_InputRows : MemRefRankOf<[F32, BF16], [2]>;
/// A packed weight or a piece of it.
def Gpt_WeightBuffer : MemRefOf<[F32, BF16]>;
/// Ids, positions or sequences.
def Gpt_IdBuffer : MemRefRankOf<[I32], [1]>;
/// `[block][layer][KV head][keys, values][P][D]`: blocks of `P` positions. Keys
/// fill theirs channel by channel, `[D][P]`, values position by position.
def Gpt_CacheBuffer : MemRefRankOf<[F32], [6]>;
/// `[sequence][position / P]`
def Gpt_BlockTable : MemRefRankOf<[I32], [2]>;

def Gpt_ThreadsOp : Gpt_Op<"threads", [Pure]> {
  let summary = "the threads that share an scf.forall, at least 1";
  let description = [{
    A loop of as many iterations has one for each thread.

    ```mlir
    %t = gpt.threads
    ```
  }];
  let results = (outs Index:$result);
  let assemblyFormat = "attr-dict";
}

def Gpt_TileEmbeddingOp : Gpt_TileOp<"embedding"> {
  let summary = "output = table[id] * scale: one row of a table";
  let description = [{
    | name       | shape                                   |
    |------------|-----------------------------------------|
    | `id`       |                                         |
    | `table`    | a packed weight of this layout          |
    | `output`   | `C`                                     |

    - (tile_embedding_c1) `layout` is `rows` or `panels`, and `table` has it with
      rows of `C` values

    ```mlir
    gpt.tile.embedding panels %table[%id] to %y : memref<4x40x64xf32>, memref<40xf32, strided<[1], offset: ?>>
    ```
  }];
  let arguments = (ins Gpt_Layout:$layout, Arg<Gpt_WeightBuffer, "", [MemRead]>:$table, I32:$id,
                       OptionalAttr<F32Attr>:$scale,
                       Arg<Gpt_RowBuffer, "", [MemWrite]>:$output);
  let assemblyFormat = [{
    $layout $table `[` $id `]` (`scale` $scale^)? `to` $output attr-dict `:` type($table) `,` type($output)
  }];
  let hasVerifier = 1;
}

def Gpt_TileNormOp : Gpt_TileOp<"norm"> {
  let summary = "output = normalize(input) * scale + bias: one row";
  let description = [{
    Sums run in 16 lanes, then in a fixed tree.

    - (tile_norm_c1) `scale` and `bias` have at least as many values as `output`, which
      has as many as `input`
    - (tile_norm_c2) `output` is f32, or of the type that `for`'s operand format has for activations

    ```mlir
    gpt.tile.norm layer %x, %scale bias(%b : memref<64xf32>) epsilon 1.0e-05 to %y
       : memref<40xf32, strided<[1], offset: ?>>, memref<64xf32>, memref<40xf32, strided<[1], offset: ?>>
    ```
  }];
  let arguments = (ins Gpt_NormKind:$kind, Arg<Gpt_RowBuffer, "", [MemRead]>:$input,
      Arg<Gpt_RowBuffer, "", [MemRead]>:$scale,
      Arg<Optional<Gpt_RowBuffer>, "", [MemRead]>:$bias, F32Attr:$epsilon,
      OptionalAttr<Gpt_Arithmetic>:$reader, Arg<Gpt_InputRow, "", [MemWrite]>:$output);
  let assemblyFormat = [{
    $kind $input `,` $scale (`bias` `(` $bias^ `:` type($bias) `)`)?
    `epsilon` $epsilon (`for` $reader^)? `to` $output attr-dict
    `:` type($input) `,` type($scale) `,` type($output)
  }];
  let hasVerifier = 1;
}

def Gpt_TileMapOp : Gpt_TileOp<"map"> {
  let summary = "output = activation(input) + residual: one row";
  let description = [{
    Where neither is given, a copy. `for` fills `output` with zeros up to a whole
    group along k.

    - (tile_map_c1) `input`, `residual` and `output` have as many values, `output`
      as many as fill the groups of `for`'s operand format
    - (tile_map_c2) `output` is f32, or of the type that `for`'s operand format has for activations

    ```mlir
    gpt.tile.map %x plus(%r : memref<40xf32>) to %y : memref<40xf32>, memref<40xf32>
    ```
  }];
  let arguments = (ins Arg<Gpt_RowBuffer, "", [MemRead]>:$input,
      DefaultValuedAttr<Gpt_Activation, "Activation::none">:$activation,
      Arg<Optional<Gpt_RowBuffer>, "", [MemRead]>:$residual, OptionalAttr<Gpt_Arithmetic>:$reader,
      Arg<Gpt_InputRow, "", [MemWrite]>:$output);
  let assemblyFormat = [{
    $input (`then` $activation^)? (`plus` `(` $residual^ `:` type($residual) `)`)?
    (`for` $reader^)? `to` $output attr-dict `:` type($input) `,` type($output)
  }];
  let hasVerifier = 1;
}

def Gpt_TileGatedOp : Gpt_TileOp<"gated"> {
  let summary = "output = activation(gate) * up: one row";
  let description = [{
    - (tile_gated_c1) `gate`, `up` and `output` have as many values
    - (tile_gated_c2) `output` is f32, or of the type that `for`'s operand format has for activations

    ```mlir
    gpt.tile.gated silu %gate, %up to %y : memref<40xf32>, memref<40xf32>, memref<40xf32>
    ```
  }];
  let arguments = (ins Gpt_Activation:$kind, Arg<Gpt_RowBuffer, "", [MemRead]>:$gate,
      Arg<Gpt_RowBuffer, "", [MemRead]>:$up, OptionalAttr<Gpt_Arithmetic>:$reader,
      Arg<Gpt_InputRow, "", [MemWrite]>:$output);
  let assemblyFormat = [{
    $kind $gate `,` $up (`for` $reader^)? `to` $output attr-dict
    `:` type($gate) `,` type($up) `,` type($output)
  }];
  let hasVerifier = 1;
}

def Gpt_TileSoftCapOp : Gpt_TileOp<"soft_cap"> {
  let summary = "row = cap * tanh(row / cap), in place";
  let description = [{
    - (tile_soft_cap_c1) `cap` is finite and more than zero

    ```mlir
    gpt.tile.soft_cap %row at 3.0e+01 : memref<40xf32, strided<[1], offset: ?>>
    ```
  }];
  let arguments = (ins Arg<Gpt_RowBuffer, "", [MemRead, MemWrite]>:$row, F32Attr:$cap);
  let assemblyFormat = "$row `at` $cap attr-dict `:` type($row)";
  let hasVerifier = 1;
}

def Gpt_TileRotaryTableOp : Gpt_TileOp<"rotary_table"> {
  let summary = "cosines, then sines, of position * frequencies: one row";
  let description = [{
    Cosine and sine are polynomials of the angle reduced by multiples of π / 2,
    within 2^-23 for angles up to 2^20.

    - (tile_rotary_table_c1) `output` has two values for each of the frequencies

    ```mlir
    gpt.tile.rotary_table %position frequencies [1.000000e+00, 1.000000e-01] to %row
       : memref<4xf32, strided<[1], offset: ?>>
    ```
  }];
  let arguments = (ins I32:$position, DenseF32ArrayAttr:$frequencies,
      OptionalAttr<F32Attr>:$magnitude, Arg<Gpt_RowBuffer, "", [MemWrite]>:$output);
  let assemblyFormat = [{
    $position `frequencies` custom<Values>($frequencies)
    (`magnitude` $magnitude^)? `to` $output attr-dict `:` type($output)
  }];
  let hasVerifier = 1;
}

def Gpt_TileRotaryOp : Gpt_TileOp<"rotary"> {
  let summary = "rotary embedding of each head: one row";
  let description = [{
    - (tile_rotary_c1) `input` and `output` have as many values, and `heads` divides them
    - (tile_rotary_c2) `table` has an even number of values, at most a head's

    ```mlir
    gpt.tile.rotary %x by %table heads 5 to %y : memref<40xf32>, memref<4xf32>, memref<40xf32>
    ```
  }];
  let arguments = (ins Arg<Gpt_RowBuffer, "", [MemRead]>:$input,
      Arg<Gpt_RowBuffer, "", [MemRead]>:$table, I64Attr:$heads,
      Arg<Gpt_RowBuffer, "", [MemWrite]>:$output);
  let assemblyFormat = [{
    $input `by` $table `heads` $heads `to` $output attr-dict
    `:` type($input) `,` type($table) `,` type($output)
  }];
  let hasVerifier = 1;
}

def Gpt_TileLinearOp : Gpt_TileOp<"linear", [AttrSizedOperandSegments]> {
  let summary = "output = activation(input · weight + bias) + residual: M x N sums in registers";
  let description = [{
    One accumulator per output runs over `K` in order, in the steps of
    `arithmetic`: for bf16 two values of k, the odd one first. Weights that
    `gpt.tile.expand` has made f32 are summed in the same steps, with the same
    bits. Every four k the next cache line of `ahead` is prefetched, so that
    memory is read while the tile computes.

    | name       | shape   | meaning                                   |
    |------------|---------|-------------------------------------------|
    | `input`    | `M x K` | rounded as `arithmetic` rounds            |
    | `weight`   | `ceil(K/G) x N x G` | columns of a panel, or `K x N` of `gpt.tile.expand` |
    | `bias`     | `N`     |                                           |
    | `residual` | `M x N` | may be `output`                           |
    | `ahead`    | any     | weights that a later tile reads           |
    | `output`   | `M x N` |                                           |

    - (tile_linear_c1) `N` is a multiple of 16
    - (tile_linear_c2) `weight` has `arithmetic`'s operand format for `K` and `N`, or
      is f32 of `K x N` where `K` is whole groups
    - (tile_linear_c3) `bias`, `residual` and `output` have the shapes above
    - (tile_linear_c4) `ahead` is in one piece, of 16 `K` bytes
    - (tile_linear_c5) `input` is f32, or the format's activations where `weight` is in
      the format and `K` is whole groups
    - (tile_linear_c6) `output` is f32, or of the type that `for`'s operand format has for activations

    ```mlir
    gpt.tile.linear %x, %w bias(%b : memref<16xf32, strided<[1], offset: ?>>) then gelu_tanh to %y
       : memref<6x768xf32, strided<[768, 1], offset: ?>>,
         memref<768x16xf32, strided<[64, 1], offset: ?>>,
         memref<6x16xf32, strided<[3072, 1], offset: ?>>
    ```
  }];
  let arguments = (ins Arg<Gpt_InputRows, "", [MemRead]>:$input,
      Arg<Gpt_WeightBuffer, "", [MemRead]>:$weight,
      DefaultValuedAttr<Gpt_Arithmetic, "Arithmetic::f32">:$arithmetic,
      Arg<Optional<Gpt_RowBuffer>, "", [MemRead]>:$bias,
      DefaultValuedAttr<Gpt_Activation, "Activation::none">:$activation,
      Arg<Optional<Gpt_RowsBuffer>, "", [MemRead]>:$residual,
      Optional<Gpt_WeightBuffer>:$ahead, OptionalAttr<Gpt_Arithmetic>:$reader,
      Arg<Gpt_InputRows, "", [MemWrite]>:$output);
  let assemblyFormat = [{
    $input `,` $weight (`in` $arithmetic^)? (`bias` `(` $bias^ `:` type($bias) `)`)?
    (`then` $activation^)? (`plus` `(` $residual^ `:` type($residual) `)`)?
    (`ahead` `(` $ahead^ `:` type($ahead) `)`)? (`for` $reader^)?
    `to` $output attr-dict `:` type($input) `,` type($weight) `,` type($output)
  }];
  let hasVerifier = 1;
}

def Gpt_TileLinearRowOp : Gpt_TileOp<"linear_row", [AttrSizedOperandSegments]> {
  let summary = "output = activation(input · weight + bias) + residual: one row, some panels";
  let description = [{
    Reads a few channels of each panel in turn: several streams of memory are
    faster than one. The sums are held in the L1 cache; each runs over `K` in order,
    as those of `gpt.tile.linear` do.

    | name       | shape         | meaning                            |
    |------------|---------------|------------------------------------|
    | `input`    | `K`           | rounded as `arithmetic` rounds     |
    | `weight`   | `P x ceil(K/G) x 64 x G` | whole panels            |
    | `bias`     | `64 P`        |                                    |
    | `residual` | `64 P`        | may be `output`                    |
    | `sums`     | `64 P` or more |                                   |
    | `output`   | `64 P`        |                                    |

    `P` may be known only when the program runs.

    - (tile_linear_row_c1) `weight` has panels of `arithmetic`'s operand format
    - (tile_linear_row_c2) `K` of `input` and `weight` agree
    - (tile_linear_row_c3) `bias`, `residual` and `output` have the shape above, `sums` has room
    - (tile_linear_row_c4) `input` is f32, or the format's activations where `K` is
      whole groups
    - (tile_linear_row_c5) `output` is f32, or of the type that `for`'s operand format has for activations

    ```mlir
    gpt.tile.linear_row %x, %w bias(%b : memref<?xf32>) then gelu_tanh sums(%s : memref<384xf32>)
        to %y : memref<768xf32>, memref<?x768x64xf32>, memref<?xf32>
    ```
  }];
  let arguments = (ins Arg<Gpt_InputRow, "", [MemRead]>:$input,
      Arg<Gpt_WeightBuffer, "", [MemRead]>:$weight,
      DefaultValuedAttr<Gpt_Arithmetic, "Arithmetic::f32">:$arithmetic,
      Arg<Optional<Gpt_RowBuffer>, "", [MemRead]>:$bias,
      DefaultValuedAttr<Gpt_Activation, "Activation::none">:$activation,
      Arg<Optional<Gpt_RowBuffer>, "", [MemRead]>:$residual,
      Arg<Gpt_RowBuffer, "", [MemRead, MemWrite]>:$sums, OptionalAttr<Gpt_Arithmetic>:$reader,
      Arg<Gpt_InputRow, "", [MemWrite]>:$output);
  let assemblyFormat = [{
    $input `,` $weight (`in` $arithmetic^)? (`bias` `(` $bias^ `:` type($bias) `)`)?
    (`then` $activation^)? (`plus` `(` $residual^ `:` type($residual) `)`)?
    `sums` `(` $sums `:` type($sums) `)` (`for` $reader^)?
    `to` $output attr-dict `:` type($input) `,` type($weight) `,` type($output)
  }];
  let hasVerifier = 1;
}

def Gpt_TileExpandOp : Gpt_TileOp<"expand"> {
  let summary = "output = a panel's weights as f32, channel by channel";
  let description = [{
    What many rows are multiplied by is worth widening once: register tiles then
    read f32 from the L1 and L2 caches.

    | name     | shape                |
    |----------|----------------------|
    | `weight` | `ceil(K/2) x N x 2`, bf16 |
    | `output` | `K x N`              |

    - (tile_expand_c1) `output` has the shape above, `K` even and `N` a multiple of 16

    ```mlir
    gpt.tile.expand %w to %f : memref<384x64x2xbf16>, memref<768x64xf32>
    ```
  }];
  let arguments = (ins Arg<MemRefRankOf<[BF16], [3]>, "", [MemRead]>:$weight,
      Arg<Gpt_RowsBuffer, "", [MemWrite]>:$output);
  let assemblyFormat = [{
    $weight `to` $output attr-dict `:` type($weight) `,` type($output)
  }];
  let hasVerifier = 1;
}

def Gpt_TileKvAppendOp : Gpt_TileOp<"kv_append"> {
  let summary = "write one row's key and value of one KV head to the cache";
  let description = [{
    - (tile_kv_append_c1) `key` and `value` have the same size
    - (tile_kv_append_c2) a head of the cache has room for it

    ```mlir
    gpt.tile.kv_append %k, %v at %position, %sequence to %cache[%layer, %head], %blocks
       : memref<8xf32>, memref<8xf32>, memref<?x3x5x2x32x16xf32>, memref<?x?xi32>
    ```
  }];
  let arguments = (ins Arg<Gpt_RowBuffer, "", [MemRead]>:$key,
      Arg<Gpt_RowBuffer, "", [MemRead]>:$value, I32:$position, I32:$sequence,
      Arg<Gpt_CacheBuffer, "", [MemWrite]>:$cache, Index:$layer, Index:$kv_head,
      Arg<Gpt_BlockTable, "", [MemRead]>:$blocks);
  let assemblyFormat = [{
    $key `,` $value `at` $position `,` $sequence `to` $cache
    `[` $layer `,` $kv_head `]` `,` $blocks attr-dict
    `:` type($key) `,` type($value) `,` type($cache) `,` type($blocks)
  }];
  let hasVerifier = 1;
}

def Gpt_TileAttentionOp : Gpt_TileOp<"attention"> {
  let summary = "attention of M rows that share keys and values, by units of 512 positions";
  let description = [{
    A unit's scores, maximum, sum and value sum are made whole; units are merged
    in ascending order, so the bits do not depend on which rows share a tile.
    `rows` are the tile's first row and how many rows are real. The sums of `group`
    rows are held in registers together; all groups work on a unit before the next
    one. The rows are tokens of one head, or heads of one token, for which
    `positions` and `sequences` repeat its own.

    | name        | shape   | meaning                                     |
    |-------------|---------|---------------------------------------------|
    | `query`     | `M x D` | channels of a head                          |
    | `positions` | `T`     | of all rows of the call                     |
    | `sequences` | `T`     |                                             |
    | `output`    | `M x D` |                                             |

    - (tile_attention_c1) `query` and `output` have the same shape
    - (tile_attention_c2) a head of the cache has room for `D` channels
    - (tile_attention_c3) `step`, the positions scored at a time and the channels of values
      summed at a time, is 16, 32 or 64
    - (tile_attention_c4) `window`, if given, is at least 1; `soft_cap` is finite and more than
      zero
    - (tile_attention_c5) `group` divides `M`
    - (tile_attention_c6) `output` is f32, or of the type that `for`'s operand format has for activations

    ```mlir
    gpt.tile.attention causal %q at %positions, %sequences rows(%row, %count)
        from %cache[%layer, %head], %blocks scale %s step 16 group 2 to %y
       : memref<4x8xf32>, memref<512xi32>, memref<512xi32>, memref<?x3x5x2x32x16xf32>,
         memref<?x?xi32>, memref<4x8xf32>
    ```
  }];
  let arguments = (ins Arg<Gpt_RowsBuffer, "", [MemRead]>:$query,
      Arg<Gpt_IdBuffer, "", [MemRead]>:$positions,
      Arg<Gpt_IdBuffer, "", [MemRead]>:$sequences, Index:$row, Index:$count,
      Arg<Gpt_CacheBuffer, "", [MemRead]>:$cache, Index:$layer, Index:$kv_head,
      Arg<Gpt_BlockTable, "", [MemRead]>:$blocks, F32:$scale,
      OptionalAttr<I64Attr>:$window, OptionalAttr<F32Attr>:$soft_cap, I64Attr:$step,
      I64Attr:$group, OptionalAttr<Gpt_Arithmetic>:$reader, Arg<Gpt_InputRows, "", [MemWrite]>:$output);
  let assemblyFormat = [{
    `causal` $query `at` $positions `,` $sequences `rows` `(` $row `,` $count `)`
    `from` $cache `[` $layer `,` $kv_head `]` `,` $blocks `scale` $scale
    (`window` $window^)? (`soft_cap` $soft_cap^)? `step` $step `group` $group
    (`for` $reader^)? `to` $output attr-dict `:` type($query) `,` type($positions) `,`
    type($sequences) `,` type($cache) `,` type($blocks) `,` type($output)
  }];
  let hasVerifier = 1;
}

#endif // GPTC_DIALECT_GPTTILEOPS_TD

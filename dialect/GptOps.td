//===- GptOps.td - Operations of the gpt dialect -----------*- tablegen -*-===//

#ifndef GPTC_DIALECT_GPTOPS_TD
#define GPTC_DIALECT_GPTOPS_TD

include "dialect/GptTypes.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Gpt_Op<string mnemonic, list<Trait> traits = []> :
    Op<Gpt_Dialect, mnemonic, traits>;

def Gpt_HasNoEncoding : CPred<
    "!::llvm::cast<::mlir::RankedTensorType>($_self).getEncoding()">;

/// One row per token.
def Gpt_Matrix : ConfinedType<2DTensorOf<[F32]>, [Gpt_HasNoEncoding],
                              "a matrix of f32, one row per token",
                              "::mlir::RankedTensorType">;
/// One id, position or sequence per token.
def Gpt_Rows : 1DTensorOf<[I32]>;
/// A weight: logical, or with the layout that the packer has given it.
def Gpt_Weight : ConfinedType<
    RankedTensorOf<[F32, F16, BF16, Gpt_BlockType, Gpt_MixedType]>,
    [Or<[Gpt_HasNoEncoding,
         CPred<"::llvm::isa<::gptc::gpt::PackedAttr>("
               "::llvm::cast<::mlir::RankedTensorType>($_self).getEncoding())">]>],
    "a weight, logical or packed", "::mlir::RankedTensorType">;
/// The type that a weight's plan leaves.
def Gpt_LogicalWeight : ConfinedType<Gpt_Weight, [Gpt_HasNoEncoding],
                                     "a logical weight",
                                     "::mlir::RankedTensorType">;

//===----------------------------------------------------------------------===//
// The contents of a module
//===----------------------------------------------------------------------===//

def Gpt_ModelOp : Gpt_Op<"model", [HasParent<"::mlir::ModuleOp">]> {
  let summary = "hold the model's hyperparameters and where they came from";
  let description = [{
    | name         | meaning                                                  |
    |--------------|----------------------------------------------------------|
    | `name`       | the model's, for people                                  |
    | `family`     | row of the table of families                             |
    | `layers` …   | sizes, in layers, channels, heads, positions and tokens  |
    | `head_size`  | channels of one head                                     |
    | `learned_positions` | none exists beyond `context_length`               |
    | `bos`        | id that begins a text; absent if there is none           |
    | `eos`        | ids each of which ends a text; absent if there is none   |
    | `sources`    | files of the checkpoint; empty if there are no weights   |
    | `directory`  | where they were when the module was made                 |

    - (model_c1) every size is at least 1
    - (model_c2) `heads` is a multiple of `kv_heads`
    - (model_c3) `bos` and those of `eos` are tokens

    It describes: what an op computes follows from the op itself.

    ```mlir
    gpt.model "fairy" family "gpt2" {
      layers = 6, channels = 192, heads = 6, kv_heads = 6, head_size = 32, context_length = 512,
      vocabulary = 4096, learned_positions, bos = 0, eos = array<i64: 0>, directory = "models/fairy",
      sources = [#gpt.source<"model.safetensors", header = "9b53bf0939dc7839a64fddd82e8c73ca", content = "">]}
    ```
  }];
  let arguments = (ins StrAttr:$name, StrAttr:$family, I64Attr:$layers,
      I64Attr:$channels, I64Attr:$heads, I64Attr:$kv_heads, I64Attr:$head_size,
      I64Attr:$context_length, I64Attr:$vocabulary, UnitAttr:$learned_positions,
      OptionalAttr<I64Attr>:$bos,
      DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$eos,
      TypedArrayAttrBase<Gpt_SourceAttr, "files of the checkpoint">:$sources,
      StrAttr:$directory);
  let assemblyFormat = "$name `family` $family attr-dict";
  let hasVerifier = 1;
}

def Gpt_TokenizerOp : Gpt_Op<"tokenizer", [HasParent<"::mlir::ModuleOp">]> {
  let summary = "say which file of the checkpoint holds the tokenizer";
  let description = [{
    `chat` is absent where the model has no chat template.

    ```mlir
    gpt.tokenizer <"tokenizer.json", header = "1c9e40fa0885b639f2a19615009c21ce", content = "">
      chat <"chatml", bos = false, system = "">
    ```
  }];
  let arguments = (ins Gpt_SourceAttr:$source, OptionalAttr<Gpt_ChatAttr>:$chat);
  let assemblyFormat = "$source (`chat` $chat^)? attr-dict";
}

def Gpt_WeightOp : Gpt_Op<"weight", [HasParent<"::mlir::ModuleOp">, Symbol]> {
  let summary = "name a weight and how to make it from the checkpoint";
  let description = [{
    `plan` is a list of steps on a stack of tensors, carried out for every
    layer by the packer while it streams the checkpoint; IR never holds data.
    `type` is the logical type, what the steps up to `#gpt.pack` leave;
    `#gpt.pack`, the last step, gives the storage type: the same with the
    layout as its encoding (`#gpt.packed`).

    `layers` says how many layers are stacked under the name; absent for a
    weight of the model itself.

    - (weight_c1) the plan is a list of steps that starts with `#gpt.load`
    - (weight_c2) each step fits the types that the steps before it leave
    - (weight_c3) one tensor is left and its type is `type`
    - (weight_c4) `#gpt.pack` comes last
    - (weight_c5) `layers` is `gpt.model`'s; without `layers` no name has a `*`
    - (weight_c6) the layout of `#gpt.pack` fits `type`, as `#gpt.packed` says

    ```mlir
    gpt.weight @attn.query layers 12 : tensor<768x768xf32> from [
      #gpt.load<"h.*.attn.c_attn.weight" : tensor<768x2304xf32>>,
      #gpt.slice<dim = 1, offset = 0, size = 768>, #gpt.transpose]
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, OptionalAttr<I64Attr>:$layers,
                       TypeAttrOf<Gpt_LogicalWeight>:$type, ArrayAttr:$plan);
  let assemblyFormat = [{
    $sym_name (`layers` $layers^)? `:` $type `from` $plan attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The logical type.
    ::mlir::RankedTensorType getTensorType() {
      return ::mlir::cast<::mlir::RankedTensorType>(getType());
    }
    /// The layout that `#gpt.pack` chose, none before `packed`.
    std::optional<Layout> getLayout();
    /// The type that gpt.get_weight yields: the storage type once packed.
    ::mlir::RankedTensorType getStorageType();
    /// Adds a step to the plan.
    void appendStep(::mlir::Attribute step);
  }];
}

def Gpt_KvCacheOp : Gpt_Op<"kv_cache", [HasParent<"::mlir::ModuleOp">, Symbol]> {
  let summary = "declare a cache of keys and values";
  let description = [{
    Memory of the runtime's: a key and a value of `head_size` channels for each
    of `kv_heads` heads, of `layers` layers, at every position of every
    sequence. With a `window`, what reads it looks back so many positions at
    most, the row's own included, and the runtime gives older ones back.

    - (kv_cache_c1) every size, and `window` if given, is at least 1
    - (kv_cache_c2) `layers` is `gpt.model`'s

    ```mlir
    gpt.kv_cache @cache layers 12 kv_heads 4 head_size 64 window 4096 : f32
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$layers, I64Attr:$kv_heads,
      I64Attr:$head_size, OptionalAttr<I64Attr>:$window,
      TypeAttrOf<F32>:$element_type);
  let assemblyFormat = [{
    $sym_name `layers` $layers `kv_heads` $kv_heads `head_size` $head_size
    (`window` $window^)? `:` $element_type attr-dict
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Weights and layers
//===----------------------------------------------------------------------===//

def Gpt_GetWeightOp : Gpt_Op<"get_weight", [
    Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "yield a weight, of one layer if it is stacked";
  let description = [{
    - (get_weight_c1) `weight` names a `gpt.weight`
    - (get_weight_c2) a layer is given exactly if that weight has `layers`
    - (get_weight_c3) the result is that weight's storage type or, from the phase
      `tiled` on, its memory (`getStorage` of dialect/Layout.h)

    ```mlir
    gpt.weight @attn.query layers 12 : tensor<768x768xf32> from [
      #gpt.load<"layers.*.q_proj.weight" : tensor<768x768xf32>>]
    %w = gpt.get_weight @attn.query[%layer] : tensor<768x768xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$weight, Optional<Index>:$layer);
  let results = (outs AnyTypeOf<[Gpt_Weight, MemRefOf<[F32, BF16]>]>:$result);
  let assemblyFormat = "$weight (`[` $layer^ `]`)? attr-dict `:` type($result)";
}

def Gpt_LayerValueOp : Gpt_Op<"layer_value", [Pure]> {
  let summary = "values[layer]: a number that differs by layer";
  let description = [{
    - (layer_value_c1) there is a value for each of `gpt.model`'s layers

    ```mlir
    %scale = gpt.layer_value [1.250000e-01, 6.250000e-02][%layer]
    ```
  }];
  let arguments = (ins DenseF32ArrayAttr:$values, Index:$layer);
  let results = (outs F32:$result);
  let assemblyFormat = "custom<Values>($values) `[` $layer `]` attr-dict";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Gpt_LayersOp : Gpt_Op<"layers", [
    SingleBlock, AllTypesMatch<["input", "result"]>,
    RecursiveMemoryEffects]> {
  let summary = "run the layers, one after the other";
  let description = [{
    Each region is the body of one *kind* of layer; `schedule` gives the kind
    of every layer in order. A body takes the layer's number and the hidden
    state and yields the next hidden state.

    | name     | shape   | meaning                     |
    |----------|---------|-----------------------------|
    | `input`  | `T x C` | hidden state before layer 0 |
    | `result` | `T x C` | hidden state after the last |

    - (layers_c1) every entry of `schedule` names a region, every region is named
    - (layers_c2) a body takes an index and `type(input)`, and yields `type(input)`
    - (layers_c3) `schedule` has as many entries as `gpt.model` has layers

    ```mlir
    %y = gpt.layers %x schedule [0, 0, 0] : tensor<?x768xf32> {
    ^bb0(%layer: index, %hidden: tensor<?x768xf32>):
      gpt.yield %hidden : tensor<?x768xf32>
    }
    ```
  }];
  let arguments = (ins Gpt_Matrix:$input, DenseI64ArrayAttr:$schedule);
  let results = (outs Gpt_Matrix:$result);
  let regions = (region VariadicRegion<SizedRegion<1>>:$kinds);
  let assemblyFormat = "$input `schedule` $schedule attr-dict `:` type($input) $kinds";
  let hasVerifier = 1;
}

def Gpt_YieldOp : Gpt_Op<"yield", [Pure, Terminator, HasParent<"LayersOp">]> {
  let summary = "end a layer with its hidden state";
  let description = [{
    ```mlir
    %y = gpt.layers %x schedule [0, 0] : tensor<?x768xf32> {
    ^bb0(%layer: index, %hidden: tensor<?x768xf32>):
      %next = gpt.activation silu %hidden : tensor<?x768xf32>
      gpt.yield %next : tensor<?x768xf32>
    }
    ```
  }];
  let arguments = (ins Gpt_Matrix:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

//===----------------------------------------------------------------------===//
// The forward pass
//===----------------------------------------------------------------------===//

def Gpt_EmbeddingOp : Gpt_Op<"embedding", [Pure]> {
  let summary = "table[ids] * scale, one row per token";
  let description = [{
    | name     | shape   | meaning                                       |
    |----------|---------|-----------------------------------------------|
    | `ids`    | `T`     | row of the table, of each token               |
    | `table`  | `R x C` |                                               |
    | `scale`  |         | absent means one                              |
    | `result` | `T x C` |                                               |

    - (embedding_c1) `table` is a matrix, and `shape(result) == [dim(ids, 0), C]`

    ```mlir
    %x = gpt.embedding %tokens, %table : tensor<?xi32>, tensor<50257x768xf32> -> tensor<?x768xf32>
    ```
  }];
  let arguments = (ins Gpt_Rows:$ids, Gpt_Weight:$table,
                       OptionalAttr<F32Attr>:$scale);
  let results = (outs Gpt_Matrix:$result);
  let assemblyFormat = [{
    $ids `,` $table (`scale` $scale^)? attr-dict `:` type($ids) `,` type($table) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Gpt_NormOp : Gpt_Op<"norm", [Pure, AllTypesMatch<["input", "result"]>]> {
  let summary = "normalize(input) * scale + bias, row by row";
  let description = [{
    | name     | shape   | meaning                       |
    |----------|---------|-------------------------------|
    | `input`  | `T x C` |                               |
    | `scale`  | `C / G` |                               |
    | `bias`   | `C / G` | absent means zero             |
    | `result` | `T x C` |                               |

    A row is normalized in `groups` (G) equal parts, each alone and with the
    same scale: one by default, the heads where queries and keys are normalized.

    - (norm_c1) `scale` is a vector of `C / G` values
    - (norm_c2) `bias` is a vector of `C / G` values
    - (norm_c3) `epsilon`, added under the root, is finite and not negative
    - (norm_c4) `groups` divides `C`

    ```mlir
    %y = gpt.norm layer %x, %scale bias(%b : tensor<768xf32>) epsilon 1.0e-05
       : tensor<?x768xf32>, tensor<768xf32>
    ```
  }];
  let arguments = (ins Gpt_NormKind:$kind, Gpt_Matrix:$input, Gpt_Weight:$scale,
                       Optional<Gpt_Weight>:$bias, F32Attr:$epsilon,
                       DefaultValuedAttr<I64Attr, "1">:$groups);
  let results = (outs Gpt_Matrix:$result);
  let assemblyFormat = [{
    $kind $input `,` $scale (`bias` `(` $bias^ `:` type($bias) `)`)?
    `epsilon` $epsilon (`groups` $groups^)? attr-dict `:` type($input) `,` type($scale)
  }];
  let hasVerifier = 1;
}

def Gpt_LinearOp : Gpt_Op<"linear", [Pure, AttrSizedOperandSegments]> {
  let summary = "activation(input · weightᵀ + bias) + residual, one row per token";
  let description = [{
    `arithmetic` says how the sums over `C` are made.

    | name       | shape   | meaning                                        |
    |------------|---------|------------------------------------------------|
    | `input`    | `T x C` | `T` tokens of `C` channels                     |
    | `weight`   | `O x C` | one row per output channel                     |
    | `bias`     | `O`     | added to every token; absent means zero        |
    | `residual` | `T x O` | added last; absent means zero                  |
    | `result`   | `T x O` |                                                |

    - (linear_c1) `weight` is a matrix, and `dim(input, 1) == dim(weight, 1)`
    - (linear_c2) `bias` is a vector of `O` values
    - (linear_c3) `shape(result) == [dim(input, 0), O]`
    - (linear_c4) `type(residual) == type(result)`
    - (linear_c5) a packed `weight` is in panels of `arithmetic`'s operand format
      (dialect/OperandFormat.h)

    ```mlir
    %h = gpt.linear %x, %w bias(%b : tensor<3072xf32>) then gelu_tanh
       : tensor<64x768xf32>, tensor<3072x768xf32> -> tensor<64x3072xf32>
    ```
  }];
  let arguments = (ins Gpt_Matrix:$input, Gpt_Weight:$weight,
      Optional<Gpt_Weight>:$bias,
      DefaultValuedAttr<Gpt_Activation, "Activation::none">:$activation,
      Optional<Gpt_Matrix>:$residual,
      DefaultValuedAttr<Gpt_Arithmetic, "Arithmetic::f32">:$arithmetic);
  let results = (outs Gpt_Matrix:$result);
  let assemblyFormat = [{
    $input `,` $weight (`bias` `(` $bias^ `:` type($bias) `)`)?
    (`then` $activation^)? (`plus` `(` $residual^ `:` type($residual) `)`)?
    (`in` $arithmetic^)? attr-dict
    `:` type($input) `,` type($weight) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Gpt_ColumnsOp : Gpt_Op<"columns", [Pure]> {
  let summary = "input[:, offset : offset + C]";
  let description = [{
    Costs nothing: the rows stay where they are.

    - (columns_c1) the columns lie inside `input`, and the rows are as many

    ```mlir
    %key = gpt.columns %qkv[768] : tensor<?x2304xf32> -> tensor<?x768xf32>
    ```
  }];
  let arguments = (ins Gpt_Matrix:$input, I64Attr:$offset);
  let results = (outs Gpt_Matrix:$result);
  let assemblyFormat = [{
    $input `[` $offset `]` attr-dict `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Gpt_RotaryTableOp : Gpt_Op<"rotary_table", [Pure]> {
  let summary = "cosines, then sines, of position * frequencies";
  let description = [{
    The table of gpt.rotary, computed once for all layers (Su et al. 2021,
    arXiv:2104.09864). The angle is the f32 product of position and frequency.

    | name          | shape    | meaning                                     |
    |---------------|----------|---------------------------------------------|
    | `positions`   | `T`      | in the row's sequence                       |
    | `frequencies` | `R`      | radians per position                        |
    | `magnitude`   |          | multiplies both; absent means one           |
    | `result`      | `T x 2R` | `R` cosines, then `R` sines                 |

    - (rotary_table_c1) `shape(result) == [dim(positions, 0), 2R]`, and `R` is at least 1

    ```mlir
    %table = gpt.rotary_table %positions frequencies [1.000000e+00, 1.000000e-01]
       : tensor<?xi32> -> tensor<?x4xf32>
    ```
  }];
  let arguments = (ins Gpt_Rows:$positions, DenseF32ArrayAttr:$frequencies,
                       OptionalAttr<F32Attr>:$magnitude);
  let results = (outs Gpt_Matrix:$result);
  let assemblyFormat = [{
    $positions `frequencies` custom<Values>($frequencies)
    (`magnitude` $magnitude^)? attr-dict `:` type($positions) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Gpt_RotaryOp : Gpt_Op<"rotary", [Pure, AllTypesMatch<["input", "result"]>]> {
  let summary = "rotary embedding: rotate pairs of each head's channels by the row's position";
  let description = [{
    The first `2R` channels of a head are rotated, channel `i` together with
    channel `i + R`; those from `2R` on stay as they are:
    `y[i] = x[i] cos[i] - x[i + R] sin[i]`, `y[i + R] = x[i + R] cos[i] + x[i] sin[i]`.

    | name     | shape    | meaning                                  |
    |----------|----------|------------------------------------------|
    | `input`  | `T x HD` | `H` heads of `D` channels, head by head  |
    | `table`  | `T x 2R` | of gpt.rotary_table                      |
    | `result` | `T x HD` |                                          |

    - (rotary_c1) `dim(input, 0) == dim(table, 0)`
    - (rotary_c2) `heads` (`H`) divides `dim(input, 1)`
    - (rotary_c3) `2R` is even and at most `D`

    ```mlir
    %q = gpt.rotary %query by %table heads 12 : tensor<?x768xf32>, tensor<?x64xf32>
    ```
  }];
  let arguments = (ins Gpt_Matrix:$input, Gpt_Matrix:$table, I64Attr:$heads);
  let results = (outs Gpt_Matrix:$result);
  let assemblyFormat = [{
    $input `by` $table `heads` $heads attr-dict `:` type($input) `,` type($table)
  }];
  let hasVerifier = 1;
}

def Gpt_KvAppendOp : Gpt_Op<"kv_append", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    AllTypesMatch<["key", "value"]>, AllTypesMatch<["positions", "sequences"]>]> {
  let summary = "write keys and values of every row to a cache";
  let description = [{
    | name        | shape    | meaning                                  |
    |-------------|----------|------------------------------------------|
    | `key`       | `T x KD` | `kv_heads` (K) of `head_size` (D) channels, head by head |
    | `value`     | `T x KD` |                                          |
    | `positions` | `T`      | in the row's sequence                    |
    | `sequences` | `T`      |                                          |
    | `cache`     |          | a `gpt.kv_cache`                         |
    | `layer`     |          | of the cache                             |

    - (kv_append_c1) `dim(key, 0) == dim(positions, 0)`
    - (kv_append_c2) `dim(key, 1) == kv_heads * head_size`
    - (kv_append_c3) `cache` names a `gpt.kv_cache` of as many heads of that size

    ```mlir
    gpt.kv_cache @cache layers 12 kv_heads 12 head_size 64 : f32
    gpt.kv_append %key, %value at %positions, %sequences to @cache[%layer]
        kv_heads 12 head_size 64 : tensor<?x768xf32>, tensor<?xi32>
    ```
  }];
  let arguments = (ins Gpt_Matrix:$key, Gpt_Matrix:$value, Gpt_Rows:$positions,
                       Gpt_Rows:$sequences, FlatSymbolRefAttr:$cache, Index:$layer,
                       I64Attr:$kv_heads, I64Attr:$head_size);
  let assemblyFormat = [{
    $key `,` $value `at` $positions `,` $sequences `to` $cache `[` $layer `]`
    `kv_heads` $kv_heads `head_size` $head_size attr-dict
    `:` type($key) `,` type($positions)
  }];
  let hasVerifier = 1;
}

def Gpt_AttentionOp : Gpt_Op<"attention", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    AllTypesMatch<["query", "result"]>, AllTypesMatch<["positions", "sequences"]>]> {
  let summary = "softmax(cap(scale * query · keysᵀ), causal) · values, head by head";
  let description = [{
    Keys and values of the row's sequence come from the cache, positions 0 to
    the row's own (Vaswani et al. 2017, arXiv:1706.03762), with a `window` only
    the last so many, the row's own included. With fewer KV heads than heads,
    `heads / kv_heads` neighbours share one. `soft_cap` (c) makes a score s
    c tanh(s / c) before the mask.

    | name        | shape    | meaning                                  |
    |-------------|----------|------------------------------------------|
    | `query`     | `T x HD` | `heads` (H) of `head_size` (D) channels, head by head |
    | `positions` | `T`      | in the row's sequence                    |
    | `sequences` | `T`      |                                          |
    | `cache`     |          | a `gpt.kv_cache`                         |
    | `layer`     |          | of the cache                             |
    | `scale`     |          | of the scores                            |
    | `result`    | `T x HD` |                                          |

    - (attention_c1) `dim(query, 0) == dim(positions, 0)`
    - (attention_c2) `dim(query, 1) == heads * head_size`
    - (attention_c3) `window` is at least 1, and at most the cache's if that has one
    - (attention_c4) `soft_cap` is finite and more than zero
    - (attention_c5) `heads` is a multiple of `kv_heads`, both at least 1
    - (attention_c6) `cache` names a `gpt.kv_cache` of `kv_heads` heads of that size

    ```mlir
    gpt.kv_cache @cache layers 12 kv_heads 4 head_size 64 : f32
    %y = gpt.attention causal %query at %positions, %sequences from @cache[%layer]
        heads 12 kv_heads 4 head_size 64 scale %s : tensor<?x768xf32>, tensor<?xi32>
    ```
  }];
  let arguments = (ins Gpt_Matrix:$query, Gpt_Rows:$positions, Gpt_Rows:$sequences,
                       FlatSymbolRefAttr:$cache, Index:$layer, I64Attr:$heads,
                       I64Attr:$kv_heads, I64Attr:$head_size, F32:$scale,
                       OptionalAttr<I64Attr>:$window, OptionalAttr<F32Attr>:$soft_cap);
  let results = (outs Gpt_Matrix:$result);
  let assemblyFormat = [{
    `causal` $query `at` $positions `,` $sequences `from` $cache `[` $layer `]`
    `heads` $heads `kv_heads` $kv_heads `head_size` $head_size `scale` $scale
    (`window` $window^)? (`soft_cap` $soft_cap^)? attr-dict `:` type($query) `,` type($positions)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Heads that share one head of keys and values.
    int64_t getSharing() { return getHeads() / getKvHeads(); }
  }];
}

def Gpt_ActivationOp : Gpt_Op<"activation", [Pure, SameOperandsAndResultType]> {
  let summary = "a function of every value";
  let description = [{
    ```mlir
    %y = gpt.activation gelu_tanh %x : tensor<?x3072xf32>
    ```
  }];
  let arguments = (ins Gpt_Activation:$kind, Gpt_Matrix:$input);
  let results = (outs Gpt_Matrix:$result);
  let assemblyFormat = "$kind $input attr-dict `:` type($input)";
  let hasFolder = 1;
}

def Gpt_GatedOp : Gpt_Op<"gated", [Pure, AllTypesMatch<["gate", "up", "result"]>]> {
  let summary = "activation(gate) * up";
  let description = [{
    Shazeer 2020, arXiv:2002.05202.

    ```mlir
    %y = gpt.gated silu %gate, %up : tensor<?x1536xf32>
    ```
  }];
  let arguments = (ins Gpt_Activation:$kind, Gpt_Matrix:$gate, Gpt_Matrix:$up);
  let results = (outs Gpt_Matrix:$result);
  let assemblyFormat = "$kind $gate `,` $up attr-dict `:` type($gate)";
}

def Gpt_AddOp : Gpt_Op<"add", [Pure, Commutative, SameOperandsAndResultType]> {
  let summary = "lhs + rhs";
  let description = [{
    ```mlir
    %y = gpt.add %x, %attended : tensor<?x768xf32>
    ```
  }];
  let arguments = (ins Gpt_Matrix:$lhs, Gpt_Matrix:$rhs);
  let results = (outs Gpt_Matrix:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs)";
}

def Gpt_SelectRowsOp : Gpt_Op<"select_rows", [Pure]> {
  let summary = "input[rows]";
  let description = [{
    - (select_rows_c1) `shape(result) == [dim(rows, 0), dim(input, 1)]`

    ```mlir
    %last = gpt.select_rows %hidden, %rows : tensor<512x768xf32>, tensor<16xi32> -> tensor<16x768xf32>
    ```
  }];
  let arguments = (ins Gpt_Matrix:$input, Gpt_Rows:$rows);
  let results = (outs Gpt_Matrix:$result);
  let assemblyFormat = [{
    $input `,` $rows attr-dict `:` type($input) `,` type($rows) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Gpt_UnembedOp : Gpt_Op<"unembed", [Pure]> {
  let summary = "cap(input · weightᵀ): a logit per token of the vocabulary";
  let description = [{
    `soft_cap` (c) makes a logit x c tanh(x / c).

    | name     | shape   | meaning                                        |
    |----------|---------|------------------------------------------------|
    | `input`  | `T x C` | the normalized last hidden state               |
    | `weight` | `V x C` | the head, or the token embedding where tied    |
    | `result` | `T x V` | logits                                         |

    - (unembed_c1) `weight` is a matrix, and `dim(input, 1) == dim(weight, 1)`
    - (unembed_c2) `shape(result) == [dim(input, 0), V]`
    - (unembed_c3) `soft_cap` is finite and more than zero
    - (unembed_c4) a packed `weight` is in panels of `arithmetic`'s operand format

    ```mlir
    %logits = gpt.unembed %x, %w : tensor<?x768xf32>, tensor<50257x768xf32> -> tensor<?x50257xf32>
    ```
  }];
  let arguments = (ins Gpt_Matrix:$input, Gpt_Weight:$weight,
      OptionalAttr<F32Attr>:$soft_cap,
      DefaultValuedAttr<Gpt_Arithmetic, "Arithmetic::f32">:$arithmetic);
  let results = (outs Gpt_Matrix:$result);
  let assemblyFormat = [{
    $input `,` $weight (`soft_cap` $soft_cap^)? (`in` $arithmetic^)? attr-dict
    `:` type($input) `,` type($weight) `->` type($result)
  }];
  let hasVerifier = 1;
}

#endif // GPTC_DIALECT_GPTOPS_TD

//===- GptAttrs.td - Attributes of the gpt dialect ---------*- tablegen -*-===//

#ifndef GPTC_DIALECT_GPTATTRS_TD
#define GPTC_DIALECT_GPTATTRS_TD

include "dialect/GptDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/TensorEncoding.td"

//===----------------------------------------------------------------------===//
// Enumerations
//===----------------------------------------------------------------------===//

def Gpt_Activation : I32EnumAttr<"Activation", "function of one value", [
    I32EnumAttrCase<"none", 0>,
    I32EnumAttrCase<"relu", 1>,      // max(x, 0)
    I32EnumAttrCase<"gelu", 2>,      // x Φ(x), by the error function
    I32EnumAttrCase<"gelu_tanh", 3>, // GPT-2's approximation of it
    I32EnumAttrCase<"gelu_quick", 4>, // x sigmoid(1.702 x)
    I32EnumAttrCase<"silu", 5>,      // x sigmoid(x)
    I32EnumAttrCase<"tanh", 6>]> {
  let cppNamespace = "::gptc::gpt";
}

def Gpt_Arithmetic : I32EnumAttr<"Arithmetic", "how a sum of products is made", [
    // Operands as they are, every product and sum in f32.
    I32EnumAttrCase<"f32", 0>,
    // Activations rounded to bf16, then as f32, the odd k of a pair first.
    I32EnumAttrCase<"bf16", 1>]> {
  let cppNamespace = "::gptc::gpt";
}

def Gpt_NormKind : I32EnumAttr<"NormKind", "what a row is normalized by", [
    // (x - mean) / sqrt(variance + epsilon), Ba et al. 2016, arXiv:1607.06450
    I32EnumAttrCase<"layer", 0>,
    // x / sqrt(mean of x² + epsilon), Zhang and Sennrich 2019, arXiv:1910.07467
    I32EnumAttrCase<"rms", 1>]> {
  let cppNamespace = "::gptc::gpt";
}

def Gpt_Layout : I32EnumAttr<"Layout", "the layout of a weight in memory", [
    // [C] -> [C to 64]
    I32EnumAttrCase<"vector", 0>,
    // [R, C] -> [R][C to 16]
    I32EnumAttrCase<"rows", 1>,
    // [O, C] -> [O / 64][C / G][64][G]: a panel holds 64 outputs, G values of k
    // side by side as the operand format says (dialect/OperandFormat.h).
    I32EnumAttrCase<"panels", 2>]> {
  let cppNamespace = "::gptc::gpt";
}

def Gpt_Role : I32EnumAttr<"Role", "what an entry's argument or result is", [
    // (rows): the token, its position and its sequence
    I32EnumAttrCase<"tokens", 0>, I32EnumAttrCase<"positions", 1>,
    I32EnumAttrCase<"sequences", 2>,
    // (rows): numbers of rows of the hidden state
    I32EnumAttrCase<"rows", 3>,
    // (rows, channels): the hidden state after the last layer
    I32EnumAttrCase<"hidden", 4>,
    // (rows, vocabulary)
    I32EnumAttrCase<"logits", 5>,
    // how many rows of the call are real
    I32EnumAttrCase<"count", 6>,
    // the blocks of the KV cache, and which block holds which positions
    I32EnumAttrCase<"cache", 7>, I32EnumAttrCase<"block_table", 8>,
    // bytes: the weights section, and the memory of all buffers
    I32EnumAttrCase<"weights", 9>, I32EnumAttrCase<"arena", 10>]> {
  let cppNamespace = "::gptc::gpt";
  let genSpecializedAttr = 0;
}

def Gpt_BlockKind : I32EnumAttr<"BlockKind", "how values are quantized", [
    I32EnumAttrCase<"q4_0", 0>, I32EnumAttrCase<"q4_1", 1>,
    I32EnumAttrCase<"q5_0", 2>, I32EnumAttrCase<"q5_1", 3>,
    I32EnumAttrCase<"q8_0", 4>, I32EnumAttrCase<"q2_k", 5>,
    I32EnumAttrCase<"q3_k", 6>, I32EnumAttrCase<"q4_k", 7>,
    I32EnumAttrCase<"q5_k", 8>, I32EnumAttrCase<"q6_k", 9>]> {
  let cppNamespace = "::gptc::gpt";
}

class Gpt_Attr<string name, string attrMnemonic, list<Trait> traits = []> :
    AttrDef<Gpt_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

def Gpt_RoleAttr : EnumAttr<Gpt_Dialect, Gpt_Role, "role"> {
  let summary = "what an argument or a result of an entry is";
  let description = [{
    Stands as `gpt.role` on arguments and results of a function, which is then
    an entry; passes and the runtime's ABI go by it. Shapes are those of a
    tensor or, from the phase `tiled` on, of a memref.

    | role                              | type                                   |
    |-----------------------------------|----------------------------------------|
    | `tokens` `positions` `sequences`  | `T`, i32                               |
    | `rows`                            | `T`, i32: rows of a hidden state       |
    | `hidden`                          | `T x C`, f32                           |
    | `logits`                          | `T x V`, f32                           |
    | `count`                           | index                                  |
    | `cache`                           | `[block][layer][KV head][2][P][D]`, f32 |
    | `block_table`                     | `[sequence][position / P]`, i32        |
    | `weights` `arena`                 | bytes, i8                              |

    - (role_c1) the type is the one above
    - (role_c2) no other argument or result of the function has the same role,
      but an argument and a result may share one

    ```mlir
    func.func @unembed(%hidden: tensor<512x768xf32> {gpt.role = #gpt.role<hidden>},
                       %rows: tensor<16xi32> {gpt.role = #gpt.role<rows>})
        -> (tensor<16x768xf32> {gpt.role = #gpt.role<logits>}) {
      %0 = gpt.select_rows %hidden, %rows : tensor<512x768xf32>, tensor<16xi32> -> tensor<16x768xf32>
      return %0 : tensor<16x768xf32>
    }
    ```
  }];
  let assemblyFormat = "`<` $value `>`";
}

def Gpt_PlaceAttr : Gpt_Attr<"Place", "place"> {
  let summary = "the place of rows of f32 in the arena";
  let description = [{
    `gpt.logits` of the entry that leaves logits, from the phase `buffers` on.

    ```mlir
    #gpt.place<offset = 1585152, stride = 50304>
    ```
  }];
  let parameters = (ins "int64_t":$offset, "int64_t":$stride);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Gpt_MemoryAttr : Gpt_Attr<"Memory", "memory"> {
  let summary = "what running takes beside the weights, in bytes";
  let description = [{
    `gpt.memory` of a module after the phase `llvm`: all `buffers`, a block of
    the `cache`, and the stack of a `thread`.

    ```mlir
    #gpt.memory<buffers = 4755456, cache = 294912, thread = 31744>
    ```
  }];
  let parameters = (ins "int64_t":$buffers, "int64_t":$cache, "int64_t":$thread);
  let assemblyFormat = "`<` struct(params) `>`";
}

//===----------------------------------------------------------------------===//
// Packed weights
//===----------------------------------------------------------------------===//

def Gpt_PackedAttr : Gpt_Attr<"Packed", "packed", [
    DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "the layout in memory of a weight that the packer has written";
  let description = [{
    The encoding of a packed weight's type. Shape and element type stay those of
    the logical weight, so that ops compare sizes exactly in every phase; its
    memory is `getStorage`'s (dialect/Layout.h).

    - (packed_c1) the shape is static, of one dimension for `vector`, of two for
      the others
    - (packed_c2) elements are f32 in a `vector`, f32 or bf16 in `rows`, and of
      an operand format in `panels` (dialect/OperandFormat.h)

    ```mlir
    tensor<211x40xf32, #gpt.packed<panels>>
    ```
  }];
  let parameters = (ins EnumParameter<Gpt_Layout>:$layout);
  let assemblyFormat = "`<` $layout `>`";
}

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

def Gpt_SourceAttr : Gpt_Attr<"Source", "source"> {
  let summary = "a file of the checkpoint and what it held";
  let description = [{
    `header` is the XXH3-128 hash, in hexadecimal, of the part that places
    the tensors (of a safetensors file its length and JSON header; of a GGUF
    file all before the tensors' data; of another tokenizer the whole file), `content` that of the whole file. `content` is
    empty until a text form is written; where it is not, packing checks it.

    ```mlir
    #gpt.source<"model.safetensors", header = "9b53bf0939dc7839a64fddd82e8c73ca",
      content = "bbacb7cb8b30b11866a4085c3af5f6b8">
    ```
  }];
  let parameters = (ins StringRefParameter<"file name without folder">:$file,
                        StringRefParameter<"">:$header,
                        StringRefParameter<"">:$content);
  let assemblyFormat = "`<` $file `,` `header` `=` $header `,` `content` `=` $content `>`";
}

def Gpt_ChatAttr : Gpt_Attr<"Chat", "chat"> {
  let summary = "the chat format of the model";
  let description = [{
    `format` is the name of a chat format, such as those that gptc's
    `--chat-template` takes, or "unknown" where the model has a template of none;
    `bos` says whether that token begins a conversation, `system` what the
    system says in a conversation without a message of its own.

    ```mlir
    #gpt.chat<"chatml", bos = false, system = "You are a helpful assistant.">
    ```
  }];
  let parameters = (ins StringRefParameter<"name">:$format, "bool":$bos,
                        StringRefParameter<"message">:$system);
  let assemblyFormat = "`<` $format `,` `bos` `=` $bos `,` `system` `=` $system `>`";
}

//===----------------------------------------------------------------------===//
// Steps of a weight's plan
//===----------------------------------------------------------------------===//

def Gpt_LoadAttr : Gpt_Attr<"Load", "load"> {
  let summary = "push a tensor of the checkpoint";
  let description = [{
    The packer replaces `*` in the name by the layer's number; the type is the
    tensor's in the file.

    ```mlir
    #gpt.load<"h.*.attn.c_attn.weight" : tensor<768x2304xf32>>
    ```
  }];
  let parameters = (ins StringRefParameter<"tensor name">:$name,
                        "::mlir::RankedTensorType":$type);
  let assemblyFormat = "`<` $name `:` $type `>`";
}

def Gpt_SliceAttr : Gpt_Attr<"Slice", "slice"> {
  let summary = "keep `size` indices of dimension `dim`, from `offset`";
  let description = [{
    With `every`, which divides the dimension, the same of each so many indices:
    the queries of a matrix that holds query, key and value head by head.

    ```mlir
    #gpt.slice<dim = 0, offset = 16, size = 16, every = 48>
    ```
  }];
  let parameters = (ins "int64_t":$dim, "int64_t":$offset, "int64_t":$size,
                        DefaultValuedParameter<"int64_t", "0">:$every);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Gpt_TransposeAttr : Gpt_Attr<"Transpose", "transpose"> {
  let summary = "swap the two dimensions";
  let description = [{
    GPT-2's checkpoints hold the weight of a product as `C x O`.

    ```mlir
    [#gpt.load<"h.*.mlp.c_fc.weight" : tensor<768x3072xf32>>, #gpt.transpose]
    ```
  }];
}

def Gpt_DeinterleaveAttr : Gpt_Attr<"Deinterleave", "deinterleave"> {
  let summary = "of every `group` rows put the even ones before the odd ones";
  let description = [{
    GGUF files of Llama's architecture hold the rows of a head that are rotated
    together side by side; here they are half a head apart.

    ```mlir
    #gpt.deinterleave<group = 64>
    ```
  }];
  let parameters = (ins "int64_t":$group);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Gpt_AddAttr : Gpt_Attr<"Add", "add"> {
  let summary = "add a number to each element, which is f32";
  let description = [{
    Gemma's norms scale by one more than what its checkpoints hold.

    ```mlir
    #gpt.add<1.000000e+00 : f32>
    ```
  }];
  let parameters = (ins "::mlir::FloatAttr":$value);
  let assemblyFormat = "`<` $value `>`";
}

def Gpt_ConcatenateAttr : Gpt_Attr<"Concatenate", "concatenate"> {
  let summary = "join the last `count` tensors, at least two, along dimension 0";
  let description = [{
    It pops them and pushes one, so that plans of parts can follow one another:

    ```mlir
    [#gpt.load<"a" : tensor<2x8xf32>>, #gpt.load<"b" : tensor<3x8xf32>>, #gpt.concatenate<2>,
     #gpt.load<"c" : tensor<4x8xf32>>, #gpt.concatenate<2>]
    ```
  }];
  let parameters = (ins "int64_t":$count);
  let assemblyFormat = "`<` $count `>`";
}

def Gpt_ConvertAttr : Gpt_Attr<"Convert", "convert"> {
  let summary = "round each element to another type, to nearest even";
  let description = [{
    Quantized elements are dequantized to f32, as ggml does, and then rounded.

    ```mlir
    [#gpt.load<"blk.*.ffn_up.weight" : tensor<1536x576x!gpt.block<q4_k>>>, #gpt.convert<bf16>]
    ```
  }];
  let parameters = (ins "::mlir::Type":$type);
  let assemblyFormat = "`<` $type `>`";
}

def Gpt_PackAttr : Gpt_Attr<"Pack", "pack"> {
  let summary = "lay the elements out as kernels read them, padded with zeros";
  let description = [{
    ```mlir
    #gpt.pack<panels>
    ```
  }];
  let parameters = (ins EnumParameter<Gpt_Layout>:$layout);
  let assemblyFormat = "`<` $layout `>`";
}

#endif // GPTC_DIALECT_GPTATTRS_TD

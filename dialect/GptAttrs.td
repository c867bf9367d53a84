//===- GptAttrs.td - Attributes of the gpt dialect ---------*- tablegen -*-===//

#ifndef GPTC_DIALECT_GPTATTRS_TD
#define GPTC_DIALECT_GPTATTRS_TD

include "dialect/GptDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/EnumAttr.td"

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

def Gpt_Layout : I32EnumAttr<"Layout", "how a weight stands in memory", [
    // [C] -> [C to 64]
    I32EnumAttrCase<"vector", 0>,
    // [R, C] -> [R][C to 16]
    I32EnumAttrCase<"rows", 1>,
    // [O, C] -> [O / 64][C][64]; bf16 [O / 64][C / 2][64][2]
    I32EnumAttrCase<"panels", 2>]> {
  let cppNamespace = "::gptc::gpt";
}

def Gpt_BlockKind : I32EnumAttr<"BlockKind", "how values are quantized", [
    I32EnumAttrCase<"q4_0", 0>, I32EnumAttrCase<"q4_1", 1>,
    I32EnumAttrCase<"q5_0", 2>, I32EnumAttrCase<"q5_1", 3>,
    I32EnumAttrCase<"q8_0", 4>, I32EnumAttrCase<"q2_k", 5>,
    I32EnumAttrCase<"q3_k", 6>, I32EnumAttrCase<"q4_k", 7>,
    I32EnumAttrCase<"q5_k", 8>, I32EnumAttrCase<"q6_k", 9>]> {
  let cppNamespace = "::gptc::gpt";
}

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

class Gpt_Attr<string name, string attrMnemonic> : AttrDef<Gpt_Dialect, name> {
  let mnemonic = attrMnemonic;
}

def Gpt_SourceAttr : Gpt_Attr<"Source", "source"> {
  let summary = "a file of the checkpoint and what it held";
  let description = [{
    `header` is the XXH3-128 hash, in hexadecimal, of the part that says what
    stands where (of a safetensors file its length and JSON header; of a GGUF
    file all before the tensors' data; of another tokenizer the whole file), `content` that of the whole file. `content` is
    empty until a text form is written; where it is not, packing checks it.

    ```mlir
    #gpt.source<"model.safetensors", header = "0f…", content = "8c…">
    ```
  }];
  let parameters = (ins StringRefParameter<"file name without folder">:$file,
                        StringRefParameter<"">:$header,
                        StringRefParameter<"">:$content);
  let assemblyFormat = "`<` $file `,` `header` `=` $header `,` `content` `=` $content `>`";
}

def Gpt_ChatAttr : Gpt_Attr<"Chat", "chat"> {
  let summary = "how the model was taught to take turns";
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
    `*` in the name stands for the layer's number; the type is the tensor's in
    the file.

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
}

def Gpt_DeinterleaveAttr : Gpt_Attr<"Deinterleave", "deinterleave"> {
  let summary = "of every `group` rows put the even ones before the odd ones";
  let description = [{
    GGUF files of Llama's architecture hold the rows of a head that are rotated
    together side by side; here they stand half a head apart.
  }];
  let parameters = (ins "int64_t":$group);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Gpt_AddAttr : Gpt_Attr<"Add", "add"> {
  let summary = "add a number to each element, which is f32";
  let parameters = (ins "::mlir::FloatAttr":$value);
  let assemblyFormat = "`<` $value `>`";
}

def Gpt_ConcatenateAttr : Gpt_Attr<"Concatenate", "concatenate"> {
  let summary = "join everything pushed so far along dimension 0";
}

def Gpt_ConvertAttr : Gpt_Attr<"Convert", "convert"> {
  let summary = "round each element to another type, to nearest even";
  let description = [{
    Of quantized elements the values that they stand for, made in f32 as ggml
    makes them, are rounded.
  }];
  let parameters = (ins "::mlir::Type":$type);
  let assemblyFormat = "`<` $type `>`";
}

def Gpt_PackAttr : Gpt_Attr<"Pack", "pack"> {
  let summary = "lay the elements out as kernels read them, padded with zeros";
  let parameters = (ins EnumParameter<Gpt_Layout>:$layout);
  let assemblyFormat = "`<` $layout `>`";
}

#endif // GPTC_DIALECT_GPTATTRS_TD

//===- GptTypes.td - Types of the gpt dialect --------------*- tablegen -*-===//

#ifndef GPTC_DIALECT_GPTTYPES_TD
#define GPTC_DIALECT_GPTTYPES_TD

include "dialect/GptAttrs.td"

class Gpt_Type<string name, string typeMnemonic> : TypeDef<Gpt_Dialect, name> {
  let mnemonic = typeMnemonic;
}

def Gpt_BlockType : Gpt_Type<"Block", "block"> {
  let summary = "an element of a matrix whose rows are stored as quantized blocks";
  let description = [{
    The element type of weights that a GGUF file holds quantized. A row is whole
    blocks, so rows can be sliced, concatenated and reordered; what takes blocks
    apart, such as a slice of columns, needs `#gpt.convert` before it.

    | kind          | values | a value is                                       |
    |---------------|--------|--------------------------------------------------|
    | `q4_0` `q5_0` | 32     | scale * (q - 8), scale * (q - 16)                |
    | `q4_1` `q5_1` | 32     | scale * q + least                                |
    | `q8_0`        | 32     | scale * q                                        |
    | `q2_k`        | 256    | scale * q - least, both of 16 values, 4 bits     |
    | `q3_k` `q6_k` | 256    | scale * (q - 4), (q - 32), of 16 values          |
    | `q4_k` `q5_k` | 256    | scale * q - least, both of 32 values, 6 bits     |

    The layouts are ggml's (ggml/src/ggml-common.h).

    ```mlir
    tensor<576x1536x!gpt.block<q4_k>>
    ```
  }];
  let parameters = (ins EnumParameter<Gpt_BlockKind>:$kind);
  let assemblyFormat = "`<` $kind `>`";
  let extraClassDeclaration = [{
    /// The values of a row that a block holds, and its bytes.
    int64_t getValues();
    int64_t getBytes();
  }];
}

def Gpt_MixedType : Gpt_Type<"Mixed", "mixed"> {
  let summary = "an element whose type differs by layer";
  let description = [{
    GGUF files such as those of "Q4_K_M" store the same weight more precisely
    in some layers than in others. The file says in which type each layer is;
    the same rules hold as for blocks, whatever the types are.

    ```mlir
    #gpt.load<"blk.*.ffn_down.weight" : tensor<576x1536x!gpt.mixed>>
    ```
  }];
}

#endif // GPTC_DIALECT_GPTTYPES_TD

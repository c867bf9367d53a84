//===- GptDialect.td - The gpt dialect ---------------------*- tablegen -*-===//

#ifndef GPTC_DIALECT_GPTDIALECT_TD
#define GPTC_DIALECT_GPTDIALECT_TD

include "mlir/IR/DialectBase.td"

def Gpt_Dialect : Dialect {
  let name = "gpt";
  let cppNamespace = "::gptc::gpt";
  let summary = "The forward pass of a GPT model, from its concepts to its tiles";
  let description = [{
    A module of this dialect is a GPT model: `gpt.model` holds its
    hyperparameters, `gpt.tokenizer` says where its tokenizer stands, each
    `gpt.weight` names a matrix or vector of the checkpoint and the plan that
    leads from the checkpoint to it, and functions hold the forward pass.

    Activations are matrices of one row per token, `tensor<TxCxf32>`. Beside
    its token every row has a *position* and a *sequence*; keys and values of
    all rows stand in the KV cache, which is memory that `gpt.kv_append` writes
    and `gpt.attention` reads.

    An op's location is its name, such as `layer.*.attn.query`: `*` stands for
    the layer's number.

    Ops under `gpt.tile.` do one register tile of an op on memrefs. They stand
    only in the phase `tiled`, inside the loops that visit the tiles.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let hasConstantMaterializer = 1;
}

#endif // GPTC_DIALECT_GPTDIALECT_TD

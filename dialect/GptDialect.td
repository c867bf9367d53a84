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
    hyperparameters, `gpt.tokenizer` names the file of its tokenizer, each
    `gpt.weight` names a matrix or vector of the checkpoint and the plan that
    leads from the checkpoint to it, and functions hold the forward pass.

    Activations are matrices of one row per token, `tensor<TxCxf32>`. Beside
    its token every row has a *position* and a *sequence*; keys and values of
    all rows are kept in a KV cache, which `gpt.kv_cache` declares, `gpt.kv_append`
    writes and `gpt.attention` reads. A function whose arguments have *roles*
    (`#gpt.role`) is an entry.

    An op's location is its name, such as `layer.*.attn.query`: `*` is
    replaced by the layer's number in reports.

    Ops under `gpt.tile.` do one register tile of an op on memrefs. They occur
    only in the phase `tiled`, inside the loops that visit the tiles.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
}

#endif // GPTC_DIALECT_GPTDIALECT_TD

//===- HuggingFaceTest.cpp - Tests of the Hugging Face importer -----------===//

#include "compiler/import/HuggingFace.h"

#include "TestModel.h"
#include "dialect/Gpt.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"

using namespace gptc;
using namespace llvm;

namespace {
struct HuggingFaceTest : testing::Test {
  mlir::OwningOpRef<mlir::ModuleOp> import(StringRef path) {
    auto module = importModel(path, context);
    if (!module) {
      ADD_FAILURE() << toString(module.takeError());
      return {};
    }
    EXPECT_TRUE(succeeded(mlir::verify(**module)));
    return std::move(*module);
  }

  mlir::OwningOpRef<mlir::ModuleOp> import(const TestModel &model) {
    model.write(folder);
    return import(folder.path());
  }

  /// Returns the error for the model at `path`, with the folder as DIR.
  std::string errorOf(StringRef path) {
    std::string message = messageOf(importModel(path, context).takeError());
    for (size_t at; (at = message.find(folder.path())) != message.npos;)
      message.replace(at, folder.path().size(), "DIR");
    return message;
  }

  std::string errorOf(const TestModel &model) {
    model.write(folder);
    return errorOf(folder.path());
  }

  /// Returns the error for a config.json with this text at the key; "" removes
  /// the key.
  std::string errorOfKey(StringRef key, StringRef value) {
    TestModel model;
    model.config.erase(key);
    if (!value.empty())
      model.config[key] = cantFail(json::parse(value));
    std::string text = errorOf(model);
    StringRef message = text;
    EXPECT_TRUE(message.consume_front("DIR/config.json: ")) << message.str();
    return message.str();
  }

  template <typename Op>
  Op findOp(mlir::ModuleOp module, StringRef name) {
    Op found;
    module.walk([&](Op op) {
      if (gpt::getName(op.getLoc()) == name)
        found = op;
    });
    EXPECT_TRUE(found) << name.str();
    return found;
  }

  std::string textOf(mlir::ModuleOp module) {
    std::string text;
    raw_string_ostream(text) << module;
    return text;
  }

  mlir::MLIRContext context;
  TemporaryFolder folder;
};
} // namespace

//===----------------------------------------------------------------------===//
// Accepted models
//===----------------------------------------------------------------------===//

TEST_F(HuggingFaceTest, reads_names_with_and_without_prefix) {
  auto with = import(TestModel());
  EXPECT_NE(textOf(*with).find("\"transformer.h.*.ln_1.weight\""),
            std::string::npos);
  auto without = import(TestModel("F32", ""));
  EXPECT_NE(textOf(*without).find("\"h.*.ln_1.weight\""), std::string::npos);
}

TEST_F(HuggingFaceTest, gives_weights_their_stored_type) {
  for (auto [stored, type] :
       {std::pair{"F32", "f32"}, {"F16", "f16"}, {"BF16", "bf16"}}) {
    auto module = import(TestModel(stored));
    module->walk([&, type = type](gpt::WeightOp weight) {
      std::string text;
      raw_string_ostream(text) << weight.getTensorType().getElementType();
      EXPECT_EQ(text, type);
    });
  }
}

TEST_F(HuggingFaceTest, names_every_op) {
  auto module = import(TestModel());
  std::string names;
  module->walk([&](mlir::Operation *op) {
    if (op->getDialect() == context.getLoadedDialect<gpt::GptDialect>() &&
        !isa<gpt::WeightOp, gpt::ModelOp, gpt::KvCacheOp, gpt::YieldOp>(op))
      names += gpt::getName(op->getLoc()).str() + "\n";
  });
  EXPECT_EQ(names, R"(embedding.token
embedding.token
embedding.position
embedding.position
embedding
attn.norm.scale
attn.norm.bias
layer.*.attn.norm
attn.query
attn.query.bias
layer.*.attn.query
attn.key
attn.key.bias
layer.*.attn.key
attn.value
attn.value.bias
layer.*.attn.value
layer.*.attn.cache
layer.*.attn.heads
attn.output
attn.output.bias
layer.*.attn.output
layer.*.attn.residual
mlp.norm.scale
mlp.norm.bias
layer.*.mlp.norm
mlp.up
mlp.up.bias
layer.*.mlp.up
layer.*.mlp.activation
mlp.down
mlp.down.bias
layer.*.mlp.down
layer.*.mlp.residual
layers
norm.scale
norm.bias
norm
embedding.token
logits
)");
}

TEST_F(HuggingFaceTest, passes_over_masks) {
  TestModel model;
  model.add("transformer.h.0.attn.bias", {1, 1, 16, 16});
  model.add("transformer.h.1.attn.masked_bias", {});
  import(model);
  TestModel bare("F32", "");
  bare.add("h.1.attn.bias", {1, 1, 16, 16});
  import(bare);
}

TEST_F(HuggingFaceTest, takes_a_head_of_its_own) {
  TestModel model;
  model.config["tie_word_embeddings"] = false;
  model.add("lm_head.weight", {11, 8});
  auto module = import(model);
  auto logits = findOp<gpt::UnembedOp>(*module, "logits");
  auto head = logits.getWeight().getDefiningOp<gpt::GetWeightOp>();
  EXPECT_EQ(head.getWeight(), "head");
}

TEST_F(HuggingFaceTest, ties_the_head_by_default) {
  for (bool isStored : {false, true}) {
    TestModel model;
    if (isStored)
      model.tensors["lm_head.weight"] = model.tensors["transformer.wte.weight"];
    auto module = import(model);
    auto logits = findOp<gpt::UnembedOp>(*module, "logits");
    auto head = logits.getWeight().getDefiningOp<gpt::GetWeightOp>();
    EXPECT_EQ(head.getWeight(), "embedding.token");
  }
}

TEST_F(HuggingFaceTest, takes_the_inner_size) {
  TestModel model("F32", "transformer.", /*inner=*/20);
  model.config["n_inner"] = 20;
  auto module = import(model);
  auto up = findOp<gpt::LinearOp>(*module, "layer.*.mlp.up");
  EXPECT_EQ(up.getType().getDimSize(1), 20);
  TestModel usual;
  usual.config["n_inner"] = nullptr;
  import(usual);
}

TEST_F(HuggingFaceTest, takes_the_spelling_of_other_families) {
  TestModel model;
  model.config.erase("n_embd");
  model.config["hidden_size"] = 8;
  model.config["num_attention_heads"] = 2; // the same as n_head
  import(model);
}

TEST_F(HuggingFaceTest, scales_attention) {
  auto scaleOf = [&](const TestModel &model) {
    auto module = import(model);
    auto heads = findOp<gpt::AttentionOp>(*module, "layer.*.attn.heads");
    mlir::Operation *scale = heads.getScale().getDefiningOp();
    if (auto byLayer = dyn_cast<gpt::LayerValueOp>(scale))
      return std::vector<float>(byLayer.getValues());
    auto value = scale->getAttrOfType<mlir::FloatAttr>("value");
    return std::vector<float>{float(value.getValueAsDouble())};
  };
  TestModel model;
  EXPECT_EQ(scaleOf(model), (std::vector<float>{0.5f}));
  model.config["scale_attn_by_inverse_layer_idx"] = true;
  EXPECT_EQ(scaleOf(model), (std::vector<float>{0.5f, 0.25f}));
  model.config["scale_attn_weights"] = false;
  EXPECT_EQ(scaleOf(model), (std::vector<float>{1.0f, 0.5f}));
  model.config["scale_attn_by_inverse_layer_idx"] = false;
  EXPECT_EQ(scaleOf(model), (std::vector<float>{1.0f}));
}

TEST_F(HuggingFaceTest, knows_the_activations) {
  using gpt::Activation;
  std::pair<StringRef, Activation> names[] = {
      {"relu", Activation::relu},
      {"gelu", Activation::gelu},
      {"gelu_python", Activation::gelu},
      {"gelu_new", Activation::gelu_tanh},
      {"gelu_fast", Activation::gelu_tanh},
      {"gelu_accurate", Activation::gelu_tanh},
      {"gelu_pytorch_tanh", Activation::gelu_tanh},
      {"gelu_python_tanh", Activation::gelu_tanh},
      {"quick_gelu", Activation::gelu_quick},
      {"silu", Activation::silu},
      {"swish", Activation::silu},
      {"tanh", Activation::tanh},
      {"linear", Activation::none},
      {"", Activation::gelu_tanh}};
  for (auto [name, kind] : names) {
    TestModel model;
    if (!name.empty())
      model.config["activation_function"] = name;
    auto module = import(model);
    auto op = findOp<gpt::ActivationOp>(*module, "layer.*.mlp.activation");
    EXPECT_EQ(op.getKind(), kind) << name.str();
  }
}

TEST_F(HuggingFaceTest, reads_epsilon_and_tokens) {
  TestModel model;
  model.config["layer_norm_epsilon"] = 0.25;
  model.config["bos_token_id"] = 10;
  model.config["eos_token_id"] = 11; // not in the vocabulary
  auto module = import(model);
  EXPECT_EQ(findOp<gpt::NormOp>(*module, "norm").getEpsilon().convertToFloat(),
            0.25f);
  EXPECT_EQ(gpt::getModel(*module).getBos(), 10u);
  EXPECT_TRUE(gpt::getModel(*module).getEos().empty());
  TestModel none;
  none.config["bos_token_id"] = nullptr;
  auto other = import(none);
  EXPECT_EQ(gpt::getModel(*other).getBos(), std::nullopt);
  EXPECT_TRUE(gpt::getModel(*other).getEos().empty());
}

TEST_F(HuggingFaceTest, reads_every_token_that_ends_a_text) {
  TestModel model;
  model.config["eos_token_id"] = json::Array{7, 3, 11, 7};
  folder.write("generation_config.json", R"({"eos_token_id": [3, 9, 99]})");
  auto module = import(model);
  EXPECT_EQ(gpt::getModel(*module).getEos(), ArrayRef<int64_t>({7, 3, 9}));
  folder.write("generation_config.json", R"({"eos_token_id": 5})");
  EXPECT_EQ(gpt::getModel(*import(TestModel())).getEos(),
            ArrayRef<int64_t>({5}));
  folder.write("generation_config.json", R"({"eos_token_id": ["</s>"]})");
  EXPECT_EQ(errorOf(TestModel()),
            "DIR/generation_config.json: eos_token_id: found [\"</s>\"], "
            "expected a token, a list of tokens or null");
}

TEST_F(HuggingFaceTest, names_the_model_after_its_folder) {
  import(TestModel());
  std::string name = sys::path::filename(folder.path()).str();
  for (StringRef suffix : {"", "/", "/.", "/./"}) {
    auto module = import(folder.path() + suffix.str());
    EXPECT_EQ(gpt::getModel(*module).getName(), name);
    EXPECT_EQ(gpt::getModel(*module).getDirectory(), folder.path());
  }
}

TEST_F(HuggingFaceTest, needs_no_weights_beside_a_configuration_alone) {
  TestModel model;
  for (auto [key, name, type] : {std::tuple{"", "", "f32"},
                                 {"dtype", "float16", "f16"},
                                 {"torch_dtype", "bfloat16", "bf16"},
                                 {"dtype", "float32", "f32"}}) {
    model.config.erase("dtype");
    if (*key)
      model.config[key] = name;
    auto module = import(model.writeConfig(folder));
    EXPECT_TRUE(gpt::getModel(*module).getSources().empty());
    EXPECT_NE(textOf(*module).find("tensor<11x8x" + std::string(type) + ">"),
              std::string::npos);
  }
}

TEST_F(HuggingFaceTest, says_where_the_tokenizer_is) {
  import(TestModel());
  folder.write("tokenizer.json", "{}");
  auto module = import(folder.path());
  auto tokenizers = module->getOps<gpt::TokenizerOp>();
  ASSERT_FALSE(tokenizers.empty());
  EXPECT_EQ((*tokenizers.begin()).getSource().getFile(), "tokenizer.json");
}

//===----------------------------------------------------------------------===//
// Rejected models
//===----------------------------------------------------------------------===//

TEST_F(HuggingFaceTest, refuses_missing_files) {
  EXPECT_EQ(errorOf(folder.path("none")),
            "cannot read 'DIR/none': No such file or directory");
  EXPECT_EQ(errorOf(folder.path()),
            "cannot read 'DIR/config.json': No such file or directory");
  TestModel().writeConfig(folder);
  EXPECT_EQ(errorOf(folder.path()),
            "DIR: weights: found nothing, expected model.safetensors");
  folder.write("pytorch_model.bin", "");
  EXPECT_EQ(errorOf(folder.path()),
            "DIR: weights: found pytorch_model.bin, expected "
            "model.safetensors; convert with python3 -c \"from transformers "
            "import AutoModelForCausalLM as M; "
            "M.from_pretrained('DIR').save_pretrained('DIR')\"");
  folder.write("model.safetensors.index.json", "{}");
  EXPECT_EQ(errorOf(folder.path()),
            "DIR/model.safetensors.index.json: weight_map: found nothing, "
            "expected an object of tensors and their files");
}

TEST_F(HuggingFaceTest, refuses_a_configuration_that_is_no_object) {
  auto errorOfText = [&](StringRef text) {
    return errorOf(folder.write("config.json", text));
  };
  EXPECT_EQ(errorOfText(""), "DIR/config.json: text: found [1:0, byte=0]: "
                             "Unexpected EOF, expected JSON");
  EXPECT_EQ(errorOfText("[1]"),
            "DIR/config.json: text: found [1], expected an object");
  EXPECT_EQ(errorOfText("{\"a\": 1, \"a\": 2}"),
            "DIR/config.json: key \"a\": found it twice, expected it once");
  EXPECT_EQ(errorOfText(std::string(100, '[')),
            "DIR/config.json: JSON: found more than 64 levels, expected at "
            "most that");
}

TEST_F(HuggingFaceTest, refuses_an_unknown_family) {
  std::string known = "expected one of gpt2, gpt_neox, llama, mistral, qwen2, "
                      "qwen3, phi3, gemma, gemma2, starcoder2, olmo2";
  EXPECT_EQ(errorOfKey("model_type", "\"bert\""),
            "model_type: found \"bert\", " + known);
  EXPECT_EQ(errorOfKey("model_type", ""),
            "model_type: found nothing, " + known);
  EXPECT_EQ(errorOfKey("model_type", "2"), "model_type: found 2, " + known);
}

TEST_F(HuggingFaceTest, refuses_sizes_out_of_range) {
  for (StringRef key : {"n_embd", "n_head", "n_positions", "vocab_size"}) {
    for (StringRef value : {"", "null", "0", "-1", "1.5", "\"8\"", "[8]",
                            "true", "2147483648", "18446744073709551615"})
      EXPECT_EQ(errorOfKey(key, value),
                (key + ": found " + (value.empty() ? "nothing" : value) +
                 ", expected a size from 1 to 2147483647")
                    .str());
  }
  EXPECT_EQ(errorOfKey("n_inner", "0"),
            "n_inner: found 0, expected a size from 1 to 2147483647");
  EXPECT_EQ(errorOfKey("n_layer", "65537"),
            "n_layer: found 65537, expected a size from 1 to 65536");
}

TEST_F(HuggingFaceTest, refuses_sizes_that_do_not_fit) {
  EXPECT_EQ(errorOfKey("n_head", "3"),
            "n_head: found 3, expected a divisor of n_embd, 8");
  EXPECT_EQ(errorOfKey("hidden_size", "9"),
            "hidden_size: found 9, expected n_embd's 8");
  TestModel model;
  model.config["n_embd"] = 1 << 30;
  model.config["vocab_size"] = 1 << 30;
  EXPECT_EQ(errorOf(model.writeConfig(folder)),
            "DIR/config.json: sizes: found a tensor of [1073741824, "
            "1073741824], expected at most 2^40 values");
}

TEST_F(HuggingFaceTest, refuses_choices_it_does_not_know) {
  EXPECT_EQ(errorOfKey("activation_function", "\"mish\""),
            "activation_function: found \"mish\", expected one of gelu, "
            "gelu_accurate, gelu_fast, gelu_new, gelu_python, "
            "gelu_python_tanh, gelu_pytorch_tanh, linear, quick_gelu, relu, "
            "silu, swish, tanh");
  EXPECT_EQ(errorOfKey("activation_function", "null").substr(0, 32),
            "activation_function: found null,");
  EXPECT_EQ(errorOfKey("dtype", "\"float64\""),
            "dtype: found \"float64\", expected one of float32, float16, "
            "bfloat16");
  EXPECT_EQ(errorOfKey("tie_word_embeddings", "\"no\""),
            "tie_word_embeddings: found \"no\", expected true or false");
  EXPECT_EQ(errorOfKey("scale_attn_weights", "0"),
            "scale_attn_weights: found 0, expected true or false");
  EXPECT_EQ(errorOfKey("scale_attn_by_inverse_layer_idx", "null"),
            "scale_attn_by_inverse_layer_idx: found null, expected true or "
            "false");
  for (StringRef value : {"-1e-5", "\"1e-5\"", "1e5"})
    EXPECT_EQ(errorOfKey("layer_norm_epsilon", value).substr(0, 25),
              "layer_norm_epsilon: found");
  EXPECT_EQ(errorOfKey("eos_token_id", "[1,2.5]"),
            "eos_token_id: found [1,2.5], expected a token, a list of tokens "
            "or null");
  EXPECT_EQ(errorOfKey("bos_token_id", "1.5"),
            "bos_token_id: found 1.5, expected a token or null");
}

TEST_F(HuggingFaceTest, refuses_settings_that_make_another_model) {
  EXPECT_EQ(errorOfKey("add_cross_attention", "true"),
            "add_cross_attention: found true, expected false or nothing");
  EXPECT_EQ(errorOfKey("pruned_heads", "{\"0\":[1]}"),
            "pruned_heads: found {\"0\":[1]}, expected false or nothing");
  EXPECT_EQ(errorOfKey("quantization_config", "{\"bits\":4}"),
            "quantization_config: found {\"bits\":4}, expected false or "
            "nothing");
  TestModel model;
  model.config["add_cross_attention"] = false;
  model.config["pruned_heads"] = json::Object();
  model.config["quantization_config"] = nullptr;
  import(model);
}

TEST_F(HuggingFaceTest, refuses_tensors_that_do_not_fit) {
  TestModel missing;
  missing.tensors.erase("transformer.h.1.mlp.c_fc.bias");
  EXPECT_EQ(errorOf(missing),
            "DIR/model.safetensors: tensor \"transformer.h.1.mlp.c_fc.bias\": "
            "found nothing, expected a tensor of [32]");
  TestModel shape;
  shape.add("transformer.h.0.attn.c_attn.weight", {8, 25});
  EXPECT_EQ(errorOf(shape),
            "DIR/model.safetensors: tensor "
            "\"transformer.h.0.attn.c_attn.weight\": found F32 [8, 25], "
            "expected [8, 24]");
  TestModel rank;
  rank.add("transformer.ln_f.bias", {8, 1});
  EXPECT_EQ(errorOf(rank), "DIR/model.safetensors: tensor "
                           "\"transformer.ln_f.bias\": found F32 [8, 1], "
                           "expected [8]");
  TestModel type;
  type.tensors["transformer.ln_f.bias"] = {"I32", {8}, std::string(32, 0)};
  EXPECT_EQ(errorOf(type), "DIR/model.safetensors: tensor "
                           "\"transformer.ln_f.bias\": found I32 [8], expected "
                           "F32, F16 or BF16");
  TestModel block;
  block.tensors["transformer.ln_f.bias"] = {"Q8_0", {8}, std::string(8, 0)};
  EXPECT_EQ(errorOf(block), "DIR/model.safetensors: tensor "
                            "\"transformer.ln_f.bias\": found Q8_0 [8], "
                            "expected F32, F16 or BF16");
}

TEST_F(HuggingFaceTest, imports_types_that_differ_by_layer) {
  TestModel mixed;
  mixed.add("transformer.h.1.ln_1.bias", {8}, "F16");
  mixed.add("transformer.h.0.attn.c_proj.weight", {8, 8}, "BF16");
  std::string text = textOf(*import(mixed));
  for (StringRef plan :
       {"#gpt.load<\"transformer.h.*.ln_1.bias\" : tensor<8x!gpt.mixed>>, "
        "#gpt.convert<f32>]",
        "#gpt.load<\"transformer.h.*.attn.c_proj.weight\" : "
        "tensor<8x8x!gpt.mixed>>, #gpt.convert<f32>, #gpt.transpose]"})
    EXPECT_NE(text.find(plan.str()), std::string::npos) << plan.str();
}

TEST_F(HuggingFaceTest, refuses_tensors_that_it_does_not_know) {
  for (StringRef name :
       {"transformer.h.2.ln_1.bias", "score.weight", "wte.weight",
        "transformer.h.x.attn.bias", "transformer.h..attn.bias", ""}) {
    TestModel model;
    model.add(name.str(), {4});
    EXPECT_EQ(errorOf(model), ("DIR/model.safetensors: tensor \"" + name +
                               "\": found F32 [4], expected no such tensor in "
                               "gpt2 with 2 layers")
                                  .str());
  }
}

TEST_F(HuggingFaceTest, refuses_a_head_that_contradicts_the_configuration) {
  TestModel model;
  model.add("lm_head.weight", {11, 8});
  EXPECT_EQ(errorOf(model),
            "DIR/model.safetensors: tensor \"lm_head.weight\": found other "
            "values than those of the embedding, expected the same, unless "
            "DIR/config.json sets tie_word_embeddings to false");
  TestModel untied;
  untied.config["tie_word_embeddings"] = false;
  EXPECT_EQ(errorOf(untied),
            "DIR/model.safetensors: tensor \"lm_head.weight\": found nothing, "
            "expected a tensor of [11, 8]");
}

TEST_F(HuggingFaceTest, survives_mutations_of_the_configuration) {
  TestModel model;
  model.write(folder);
  std::string valid =
      formatv("{0}", json::Value(json::Object(model.config))).str();
  std::mt19937 random(4);
  for (int i = 0; i < 300; ++i) {
    std::string text = valid;
    for (size_t n = random() % 3 + 1; n > 0; --n)
      text[random() % text.size()] = "0123456789-.e\"{}[],:"[random() % 20];
    folder.write("config.json", text);
    if (auto module = importModel(folder.path(), context))
      EXPECT_TRUE(succeeded(mlir::verify(**module)));
    else
      EXPECT_NE(messageOf(module.takeError()), "");
  }
}

//===----------------------------------------------------------------------===//
// Real models
//===----------------------------------------------------------------------===//

TEST_F(HuggingFaceTest, reads_the_models_of_the_project) {
  const char *source = std::getenv("GPTC_SOURCE");
  if (!source)
    GTEST_SKIP() << "GPTC_SOURCE is not set";
  for (StringRef model : {"/test/model/gpt2", "/test/model/gpt2-untied",
                          "/test/model/gpt2-f16", "/models/fairy"})
    import(std::string(source) + model.str());
}

TEST_F(HuggingFaceTest, reads_the_shared_models) {
  const char *data = std::getenv("GPTC_TEST_DATA");
  if (!data || !sys::fs::is_directory(data))
    GTEST_SKIP() << "no shared data";
  for (StringRef model : {"/nano-sort", "/adder", "/hf-tiny/gpt2",
                          "/hf-tiny/distilgpt2", "/tiny/gpt2"})
    import(std::string(data) + model.str());
}

//===- TestModel.h - Creates GPT-2 checkpoints for tests ------------------===//

#ifndef GPTC_TEST_IMPORT_TESTMODEL_H
#define GPTC_TEST_IMPORT_TESTMODEL_H

#include "test/checkpoint/Support.h"

namespace gptc {

/// A GPT-2 of 2 layers, 8 channels, 2 heads, 16 positions and 11 tokens, which
/// tests modify and write to a folder.
struct TestModel {
  llvm::json::Object config{{"model_type", "gpt2"}, {"n_layer", 2},
                            {"n_embd", 8},          {"n_head", 2},
                            {"n_positions", 16},    {"vocab_size", 11}};
  TestTensors tensors;
  std::mt19937 random{3};

  explicit TestModel(llvm::StringRef type = "F32",
                     std::string prefix = "transformer.", int64_t inner = 32) {
    add(prefix + "wte.weight", {11, 8}, type);
    add(prefix + "wpe.weight", {16, 8}, type);
    for (llvm::StringRef norm :
         {"h.0.ln_1", "h.0.ln_2", "h.1.ln_1", "h.1.ln_2", "ln_f"})
      for (llvm::StringRef part : {".weight", ".bias"})
        add((prefix + norm + part).str(), {8}, type);
    struct Linear {
      llvm::StringRef name;
      int64_t inputs, outputs;
    };
    for (llvm::StringRef layer : {"h.0.", "h.1."})
      for (Linear linear : {Linear{"attn.c_attn", 8, 24},
                            {"attn.c_proj", 8, 8},
                            {"mlp.c_fc", 8, inner},
                            {"mlp.c_proj", inner, 8}}) {
        std::string name = (prefix + layer + linear.name).str();
        add(name + ".weight", {linear.inputs, linear.outputs}, type);
        add(name + ".bias", {linear.outputs}, type);
      }
  }

  void add(std::string name, std::vector<int64_t> shape,
           llvm::StringRef type = "F32") {
    tensors[name] = randomTensor(type, shape, random);
  }

  void write(const TemporaryFolder &folder) const {
    writeConfig(folder);
    folder.write("model.safetensors", safetensors(tensors));
  }

  std::string writeConfig(const TemporaryFolder &folder) const {
    return folder.write(
        "config.json",
        llvm::formatv("{0}", llvm::json::Value(llvm::json::Object(config)))
            .str());
  }
};

} // namespace gptc

#endif // GPTC_TEST_IMPORT_TESTMODEL_H

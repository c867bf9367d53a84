//===- InterpretTest.cpp - Tests of whole models, from ids to files -------===//

#include "compiler/Interpret.h"
#include "Support.h"
#include "compiler/TensorFiles.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cmath>

using namespace gptc;
using llvm::ArrayRef;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// --tokens
//===----------------------------------------------------------------------===//

TEST(ParseTokens, TakesIdsJoinedByCommas) {
  EXPECT_EQ(*parseTokens("5", 6), (std::vector<int32_t>{5}));
  EXPECT_EQ(*parseTokens("5,0,03", 6), (std::vector<int32_t>{5, 0, 3}));
}

TEST(ParseTokens, RefusesAllElse) {
  auto error = [](StringRef text) {
    auto tokens = parseTokens(text, 6);
    return tokens ? "no error" : toString(tokens.takeError());
  };
  for (StringRef text : {"", "x", "-1", "+1", " 1", "1 ", "0x1", "4294967296"})
    EXPECT_EQ(error(text),
              ("--tokens: '" + text + "' is not a token id").str());
  EXPECT_EQ(error("1,"), "--tokens: '' is not a token id");
  EXPECT_EQ(error("1,,2"), "--tokens: '' is not a token id");
  EXPECT_EQ(error("1;2"), "--tokens: '1;2' is not a token id");
  for (StringRef text : {"6", "4294967295"})
    EXPECT_EQ(
        error(text),
        ("--tokens: " + text + " is not below 6, the vocabulary's size").str());
}

//===----------------------------------------------------------------------===//
// A model of one layer
//===----------------------------------------------------------------------===//

/// The model's weights. Element i of the k-th weight, counted from 1, is ((31 k
/// + 7 i² + 5 i) mod 29 - 14) / 16.
static constexpr StringRef weights = R"(
  gpt.model "m" family "gpt2" {layers = 1 : i64, channels = 4 : i64, heads = 2 : i64,
      kv_heads = 2 : i64, head_size = 2 : i64, context_length = 6 : i64,
      vocabulary = 5 : i64, learned_positions, sources = [], directory = ""}
  gpt.kv_cache @cache layers 1 kv_heads 2 head_size 2 : f32
  gpt.weight @embedding.token : tensor<5x4xf32> from [#gpt.load<"wte" : tensor<5x4xf32>>]
  gpt.weight @embedding.position : tensor<6x4xf32> from [#gpt.load<"wpe" : tensor<6x4xf32>>]
  gpt.weight @attn.norm.scale layers 1 : tensor<4xf32> from [#gpt.load<"*.1" : tensor<4xf32>>]
  gpt.weight @attn.norm.bias layers 1 : tensor<4xf32> from [#gpt.load<"*.2" : tensor<4xf32>>]
  gpt.weight @attn.query layers 1 : tensor<4x4xf32> from [#gpt.load<"*.3" : tensor<4x4xf32>>]
  gpt.weight @attn.query.bias layers 1 : tensor<4xf32> from [#gpt.load<"*.4" : tensor<4xf32>>]
  gpt.weight @attn.key layers 1 : tensor<4x4xf32> from [#gpt.load<"*.5" : tensor<4x4xf32>>]
  gpt.weight @attn.key.bias layers 1 : tensor<4xf32> from [#gpt.load<"*.6" : tensor<4xf32>>]
  gpt.weight @attn.value layers 1 : tensor<4x4xf32> from [#gpt.load<"*.7" : tensor<4x4xf32>>]
  gpt.weight @attn.value.bias layers 1 : tensor<4xf32> from [#gpt.load<"*.8" : tensor<4xf32>>]
  gpt.weight @attn.output layers 1 : tensor<4x4xf32> from [#gpt.load<"*.9" : tensor<4x4xf32>>]
  gpt.weight @attn.output.bias layers 1 : tensor<4xf32> from [#gpt.load<"*.10" : tensor<4xf32>>]
  gpt.weight @mlp.norm.scale layers 1 : tensor<4xf32> from [#gpt.load<"*.11" : tensor<4xf32>>]
  gpt.weight @mlp.norm.bias layers 1 : tensor<4xf32> from [#gpt.load<"*.12" : tensor<4xf32>>]
  gpt.weight @mlp.up layers 1 : tensor<6x4xf32> from [#gpt.load<"*.13" : tensor<6x4xf32>>]
  gpt.weight @mlp.up.bias layers 1 : tensor<6xf32> from [#gpt.load<"*.14" : tensor<6xf32>>]
  gpt.weight @mlp.down layers 1 : tensor<4x6xf32> from [#gpt.load<"*.15" : tensor<4x6xf32>>]
  gpt.weight @mlp.down.bias layers 1 : tensor<4xf32> from [#gpt.load<"*.16" : tensor<4xf32>>]
  gpt.weight @final.norm.scale : tensor<4xf32> from [#gpt.load<"17" : tensor<4xf32>>]
  gpt.weight @final.norm.bias : tensor<4xf32> from [#gpt.load<"18" : tensor<4xf32>>]
  gpt.weight @head : tensor<5x4xf32> from [#gpt.load<"19" : tensor<5x4xf32>>])";

/// The ops from ids to the last hidden state.
static constexpr StringRef hidden = R"(
    %token_table = gpt.get_weight @embedding.token : tensor<5x4xf32>
    %token = gpt.embedding %tokens, %token_table : tensor<?xi32>, tensor<5x4xf32> -> tensor<?x4xf32>
    %position_table = gpt.get_weight @embedding.position : tensor<6x4xf32>
    %position = gpt.embedding %positions, %position_table : tensor<?xi32>, tensor<6x4xf32> -> tensor<?x4xf32>
    %x = gpt.add %token, %position : tensor<?x4xf32>
    %hidden = gpt.layers %x schedule [0] : tensor<?x4xf32> {
    ^bb0(%layer: index, %h: tensor<?x4xf32>):
      %s1 = gpt.get_weight @attn.norm.scale[%layer] : tensor<4xf32>
      %b1 = gpt.get_weight @attn.norm.bias[%layer] : tensor<4xf32>
      %n1 = gpt.norm layer %h, %s1 bias(%b1 : tensor<4xf32>) epsilon 1.0e-05 : tensor<?x4xf32>, tensor<4xf32>
      %wq = gpt.get_weight @attn.query[%layer] : tensor<4x4xf32>
      %bq = gpt.get_weight @attn.query.bias[%layer] : tensor<4xf32>
      %q = gpt.linear %n1, %wq bias(%bq : tensor<4xf32>) : tensor<?x4xf32>, tensor<4x4xf32> -> tensor<?x4xf32>
      %wk = gpt.get_weight @attn.key[%layer] : tensor<4x4xf32>
      %bk = gpt.get_weight @attn.key.bias[%layer] : tensor<4xf32>
      %k = gpt.linear %n1, %wk bias(%bk : tensor<4xf32>) : tensor<?x4xf32>, tensor<4x4xf32> -> tensor<?x4xf32>
      %wv = gpt.get_weight @attn.value[%layer] : tensor<4x4xf32>
      %bv = gpt.get_weight @attn.value.bias[%layer] : tensor<4xf32>
      %v = gpt.linear %n1, %wv bias(%bv : tensor<4xf32>) : tensor<?x4xf32>, tensor<4x4xf32> -> tensor<?x4xf32>
      gpt.kv_append %k, %v at %positions, %sequences to @cache[%layer] kv_heads 2 head_size 2 : tensor<?x4xf32>, tensor<?xi32>
      %scale = gpt.layer_value [0.707106769][%layer]
      %a = gpt.attention causal %q at %positions, %sequences from @cache[%layer] heads 2 kv_heads 2 head_size 2 scale %scale
         : tensor<?x4xf32>, tensor<?xi32> loc("layer.*.attn.heads")
      %wo = gpt.get_weight @attn.output[%layer] : tensor<4x4xf32>
      %bo = gpt.get_weight @attn.output.bias[%layer] : tensor<4xf32>
      %o = gpt.linear %a, %wo bias(%bo : tensor<4xf32>) plus(%h : tensor<?x4xf32>) : tensor<?x4xf32>, tensor<4x4xf32> -> tensor<?x4xf32>
      %s2 = gpt.get_weight @mlp.norm.scale[%layer] : tensor<4xf32>
      %b2 = gpt.get_weight @mlp.norm.bias[%layer] : tensor<4xf32>
      %n2 = gpt.norm layer %o, %s2 bias(%b2 : tensor<4xf32>) epsilon 1.0e-05 : tensor<?x4xf32>, tensor<4xf32>
      %wu = gpt.get_weight @mlp.up[%layer] : tensor<6x4xf32>
      %bu = gpt.get_weight @mlp.up.bias[%layer] : tensor<6xf32>
      %u = gpt.linear %n2, %wu bias(%bu : tensor<6xf32>) : tensor<?x4xf32>, tensor<6x4xf32> -> tensor<?x6xf32>
      %g = gpt.activation gelu_tanh %u : tensor<?x6xf32>
      %wd = gpt.get_weight @mlp.down[%layer] : tensor<4x6xf32>
      %bd = gpt.get_weight @mlp.down.bias[%layer] : tensor<4xf32>
      %d = gpt.linear %g, %wd bias(%bd : tensor<4xf32>) : tensor<?x6xf32>, tensor<4x6xf32> -> tensor<?x4xf32>
      %y = gpt.add %o, %d : tensor<?x4xf32> loc("layer.*.output")
      gpt.yield %y : tensor<?x4xf32>
    })";

/// The ops from some of its rows to logits.
static constexpr StringRef unembed = R"(
    %s = gpt.get_weight @final.norm.scale : tensor<4xf32>
    %b = gpt.get_weight @final.norm.bias : tensor<4xf32>
    %n = gpt.norm layer %chosen, %s bias(%b : tensor<4xf32>) epsilon 1.0e-05 : tensor<?x4xf32>, tensor<4xf32> loc("final.norm")
    %w = gpt.get_weight @head : tensor<5x4xf32>
    %logits = gpt.unembed %n, %w : tensor<?x4xf32>, tensor<5x4xf32> -> tensor<?x5xf32> loc("logits"))";

static std::string replaceAll(std::string text, StringRef from, StringRef to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos;
       at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

/// An argument or a result: its type with its role.
static std::string withRole(StringRef type, StringRef role) {
  return (type + " {gpt.role = #gpt.role<" + role + ">}").str();
}

/// The arguments of a function of `rows` tokens.
static std::string tokenArguments(StringRef rows) {
  std::string type = ("tensor<" + rows + "xi32>").str();
  return "(%tokens: " + withRole(type, "tokens") +
         ", %positions: " + withRole(type, "positions") +
         ", %sequences: " + withRole(type, "sequences") + ")";
}

static std::string graphModule() {
  return ("module {" + weights + "func.func @forward" + tokenArguments("?") +
          " -> (" + withRole("tensor<?x5xf32>", "logits") + ") {" + hidden +
          replaceAll(unembed.str(), "%chosen", "%hidden") +
          "return %logits : tensor<?x5xf32> } }")
      .str();
}

/// Returns the same model with a program's entries, for 3 tokens and 2 rows.
static std::string entriesModule() {
  return ("module {" + weights + "func.func @prompt" + tokenArguments("3") +
          " -> (" + withRole("tensor<3x4xf32>", "hidden") + ") {" +
          replaceAll(hidden.str(), "?", "3") +
          "return %hidden : tensor<3x4xf32> }"
          "func.func @unembed(%hidden: " +
          withRole("tensor<3x4xf32>", "hidden") +
          ", %rows: " + withRole("tensor<2xi32>", "rows") + ") -> (" +
          withRole("tensor<2x5xf32>", "logits") +
          ") {"
          "%chosen = gpt.select_rows %hidden, %rows : tensor<3x4xf32>, "
          "tensor<2xi32> -> tensor<2x4xf32> loc(\"chosen\")" +
          replaceAll(unembed.str(), "?", "2") +
          "return %logits : tensor<2x5xf32> } }")
      .str();
}

static llvm::Expected<std::vector<float>> readWeight(gpt::WeightOp weight,
                                                     int64_t) {
  auto all = weight->getParentOfType<mlir::ModuleOp>().getOps<gpt::WeightOp>();
  int64_t k = 1 + std::distance(all.begin(), llvm::find(all, weight));
  std::vector<float> values(weight.getTensorType().getNumElements());
  for (auto [i, value] : llvm::enumerate(values))
    value = (int64_t(31 * k + 7 * i * i + 5 * i) % 29 - 14) / 16.0f;
  return values;
}

static const std::vector<int32_t> tokens = {3, 0, 4, 1, 2};

// The output of a script with plain Python floats that follows the papers'
// formulas and shares no code with the interpreter; one row per list.
static const std::vector<double> expectedLogits = {
    1.1928936,  0.29305944, -0.094966594, 0.48586574,  -0.66409612,
    0.86532458, 0.36926178, -0.019497322, 0.34829732,  -0.097384609,
    0.66259682, 0.46043149, 0.16598755,   0.30644236,  0.17526134,
    0.40017069, 0.34912267, 0.15937861,   0.063215696, 0.63898478,
    0.56147136, 0.41727095, 0.12208299,   0.20934809,  0.37960942,
};

namespace {
/// A folder for the files of one test.
class Interpret : public testing::Test {
protected:
  Interpret() {
    context.loadDialect<gpt::GptDialect, mlir::func::FuncDialect>();
    std::error_code code = llvm::sys::fs::createUniqueDirectory("gptc", folder);
    EXPECT_FALSE(code) << code.message();
  }
  ~Interpret() override { llvm::sys::fs::remove_directories(folder); }

  std::string path(StringRef name) const { return (folder + "/" + name).str(); }

  /// Runs `source` and returns its errors, or "" if it wrote its files.
  std::string run(StringRef source, ArrayRef<int32_t> tokens,
                  StringRef logitsFile, StringRef activationsFile) {
    auto module = mlir::parseSourceString<mlir::ModuleOp>(source, &context);
    if (!module)
      return "no module";
    return toString(interpretModel(*module, readWeight, tokens, logitsFile,
                                   activationsFile));
  }

  mlir::MLIRContext context;
  llvm::SmallString<128> folder;
};
} // namespace

static std::string readFile(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  EXPECT_TRUE(!!buffer) << path;
  return buffer ? (*buffer)->getBuffer().str() : "";
}

static Values floats(StringRef bytes) {
  Values values(bytes.size() / sizeof(float));
  memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

TEST_F(Interpret, WritesTheLogitsOfAWholeModel) {
  EXPECT_EQ(run(graphModule(), tokens, path("logits.npy"), ""), "");
  std::string file = readFile(path("logits.npy"));
  EXPECT_EQ(file.find("\x93NUMPY\x01"), 0u);
  EXPECT_NE(file.find("{'descr': '<f4', 'fortran_order': False, 'shape': (5, "
                      "5), }"),
            std::string::npos);
  ASSERT_GT(file.size(), 100u);
  EXPECT_EQ((file.size() - 100) % 64, 0u);
  EXPECT_EQ(file[file.size() - 101], '\n');
  // The limit allows for f32 rounding between the ops.
  expectNear(floats(StringRef(file).take_back(100)), expectedLogits, 1e-5);
}

TEST_F(Interpret, RunsEntriesInChunks) {
  EXPECT_EQ(run(graphModule(), tokens, path("graph.npy"), ""), "");
  EXPECT_EQ(run(entriesModule(), tokens, path("entries.npy"), ""), "");
  EXPECT_EQ(readFile(path("graph.npy")), readFile(path("entries.npy")));
}

TEST_F(Interpret, JoinsTheActivationsOfChunks) {
  EXPECT_EQ(run(graphModule(), tokens, "", path("graph.safetensors")), "");
  EXPECT_EQ(run(entriesModule(), tokens, "", path("entries.safetensors")), "");
  std::string graph = readFile(path("graph.safetensors"));
  std::string entries = readFile(path("entries.safetensors"));
  StringRef header =
      R"({"final.norm":{"dtype":"F32","shape":[5,4],"data_offsets":[0,80]},)"
      R"("layer.0.attn.heads":{"dtype":"F32","shape":[5,4],"data_offsets":[80,160]},)"
      R"("layer.0.attn.probabilities":{"dtype":"F32","shape":[2,5,5],"data_offsets":[160,360]},)"
      R"("layer.0.attn.scores":{"dtype":"F32","shape":[2,5,5],"data_offsets":[360,560]},)"
      R"("layer.0.output":{"dtype":"F32","shape":[5,4],"data_offsets":[560,640]},)"
      R"("logits":{"dtype":"F32","shape":[5,5],"data_offsets":[640,740]}})";
  EXPECT_EQ(StringRef(graph).substr(8, header.size()), header);
  // The last 740 bytes of the entries' file come after the rows chosen for
  // @unembed.
  EXPECT_EQ(StringRef(graph).take_back(740), StringRef(entries).take_back(740));
  EXPECT_EQ((graph.size() - 740) % 8, 0u);

  Values values = floats(StringRef(graph).take_back(740));
  ArrayRef<float> probabilities = ArrayRef(values).slice(40, 50);
  expectNear(probabilities.slice(35, 5).vec(),
             {0.36773344, 0.30863755, 0.32362901, 0, 0}, 1e-6);
  expectNear(probabilities.slice(20, 5).vec(),
             {0.16068101, 0.19572195, 0.18568835, 0.24429642, 0.21361228},
             1e-6);
  EXPECT_EQ(values[90 + 4], -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isfinite(values[90 + 24]));
}

TEST_F(Interpret, LeavesNoFileWhenItFails) {
  EXPECT_EQ(run(graphModule(), {0, 5}, path("logits.npy"), path("all")),
            "gpt.embedding: id is 5 but there are 5 rows");
  EXPECT_EQ(run(graphModule(), std::vector<int32_t>(7), path("logits.npy"), ""),
            "--tokens: 7 ids were given but the model's context is 6");
  EXPECT_EQ(run("module {}", tokens, path("logits.npy"), ""),
            "the module has no forward pass of tensors, so it is not of a "
            "phase from graph to packed");
  std::error_code code;
  EXPECT_EQ(llvm::sys::fs::directory_iterator(folder, code),
            llvm::sys::fs::directory_iterator());
  EXPECT_NE(run(graphModule(), tokens, path("none/logits.npy"), ""), "");
  EXPECT_NE(run(graphModule(), tokens, "", path("none/all")), "");
}

TEST_F(Interpret, WantsARowPerToken) {
  EXPECT_EQ(run(R"(
    gpt.weight @w : tensor<3x2xf32> from [#gpt.load<"19" : tensor<3x2xf32>>]
    func.func @forward(%tokens: tensor<?xi32> {gpt.role = #gpt.role<tokens>},
                       %positions: tensor<?xi32> {gpt.role = #gpt.role<positions>},
                       %sequences: tensor<?xi32> {gpt.role = #gpt.role<sequences>})
        -> (tensor<3x2xf32> {gpt.role = #gpt.role<logits>}) {
      %0 = gpt.get_weight @w : tensor<3x2xf32>
      return %0 : tensor<3x2xf32>
    })",
                tokens, path("logits.npy"), ""),
            "@forward yields no matrix of 5 rows");
}

TEST_F(Interpret, QuotesNamesOfTensors) {
  Tensor tensor{{1}, {2}};
  EXPECT_FALSE(!!writeSafetensors(path("all"), {{"a\"\n\xff", tensor}}));
  EXPECT_NE(readFile(path("all")).find("\"a\\\"\\n\xef\xbf\xbd\""),
            std::string::npos);
}

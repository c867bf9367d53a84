//===- BufferPlanTest.cpp - Values that share a buffer --------------------===//

#include "passes/cpu/BufferPlan.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <map>
#include <random>

using namespace gptc;
using mlir::Operation;
using mlir::Value;

namespace {
/// A function @f and its buffer plan.
class Planned {
public:
  explicit Planned(llvm::StringRef source) {
    context.loadDialect<gpt::GptDialect, mlir::func::FuncDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(source, &context);
    function = module->lookupSymbol<mlir::func::FuncOp>("f");
    plan.emplace(function, [](Value value) {
      return mlir::cast<mlir::RankedTensorType>(value.getType())
          .getElementType();
    });
  }

  /// Returns the value whose location is `name`.
  Value named(llvm::StringRef name) {
    Value found;
    module->walk([&](Operation *op) {
      if (gpt::getName(op->getLoc()) == name)
        found = op->getResult(0);
    });
    return found;
  }

  /// Returns the error of `verify`, or the empty string.
  std::string complaint() {
    std::string message;
    mlir::ScopedDiagnosticHandler handler(&context,
                                          [&](mlir::Diagnostic &diagnostic) {
                                            message = diagnostic.str();
                                            return mlir::success();
                                          });
    return succeeded(plan->verify()) ? "" : message;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  std::optional<BufferPlan> plan;
};
} // namespace

//===----------------------------------------------------------------------===//
// Decisions
//===----------------------------------------------------------------------===//

TEST(BufferPlan, computes_in_place_what_is_read_for_the_last_time) {
  Planned p(
      R"(func.func @f(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>) -> tensor<4x8xf32> {
    %a = gpt.add %x, %y : tensor<4x8xf32> loc("a")
    %b = gpt.activation relu %a : tensor<4x8xf32> loc("b")
    %c = gpt.activation silu %b : tensor<4x8xf32> loc("c")
    %d = gpt.add %b, %c : tensor<4x8xf32> loc("d")
    return %d : tensor<4x8xf32>
  })");
  EXPECT_EQ(p.plan->leaderOf(p.named("a")), Value()) << "arguments stay";
  EXPECT_EQ(p.plan->leaderOf(p.named("b")), p.named("a"));
  EXPECT_EQ(p.plan->leaderOf(p.named("c")), Value()) << "b is read later";
  EXPECT_EQ(p.complaint(), "");
}

TEST(BufferPlan, overwrites_columns_that_nothing_else_reads) {
  Planned p(R"(func.func @f(%x: tensor<4x8xf32>) -> tensor<4x4xf32> {
    %a = gpt.add %x, %x : tensor<4x8xf32> loc("a")
    %l = gpt.columns %a[0] : tensor<4x8xf32> -> tensor<4x4xf32> loc("l")
    %r = gpt.columns %a[4] : tensor<4x8xf32> -> tensor<4x4xf32> loc("r")
    %m = gpt.columns %a[2] : tensor<4x8xf32> -> tensor<4x4xf32> loc("m")
    %s = gpt.activation relu %l : tensor<4x4xf32> loc("s")
    %t = gpt.activation relu %r : tensor<4x4xf32> loc("t")
    %u = gpt.add %s, %m : tensor<4x4xf32> loc("u")
    %v = gpt.activation relu %t : tensor<4x4xf32> loc("v")
    %w = gpt.add %u, %v : tensor<4x4xf32> loc("w")
    return %w : tensor<4x4xf32>
  })");
  EXPECT_EQ(p.plan->leaderOf(p.named("s")), Value()) << "m overlaps l";
  EXPECT_EQ(p.plan->leaderOf(p.named("t")), Value()) << "m overlaps r";
  EXPECT_EQ(p.plan->leaderOf(p.named("v")), p.named("t"));
}

TEST(BufferPlan, layers_work_in_the_buffer_of_their_result) {
  Planned p(R"(func.func @f(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
    %a = gpt.add %x, %x : tensor<4x8xf32> loc("a")
    %y = gpt.layers %a schedule [0, 1] : tensor<4x8xf32> {
    ^bb0(%layer: index, %h: tensor<4x8xf32>):
      %b = gpt.activation relu %h : tensor<4x8xf32> loc("b")
      %c = gpt.add %h, %b : tensor<4x8xf32> loc("c")
      gpt.yield %c : tensor<4x8xf32>
    }, {
    ^bb0(%layer: index, %h: tensor<4x8xf32>):
      %d = gpt.activation relu %h : tensor<4x8xf32> loc("d")
      %e = gpt.add %h, %d : tensor<4x8xf32> loc("e")
      gpt.yield %d : tensor<4x8xf32>
    } loc("y")
    return %y : tensor<4x8xf32>
  })");
  EXPECT_EQ(p.plan->leaderOf(p.named("a")), p.named("y"));
  EXPECT_EQ(p.plan->leaderOf(p.named("b")), Value()) << "h is read later";
  EXPECT_EQ(p.plan->leaderOf(p.named("c")), p.named("y"));
  EXPECT_EQ(p.plan->leaderOf(p.named("d")), Value()) << "h is read later";
  EXPECT_EQ(p.complaint(), "");
}

//===----------------------------------------------------------------------===//
// Proof
//===----------------------------------------------------------------------===//

static constexpr llvm::StringLiteral chain = R"(
  func.func @f(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> tensor<4x8xf32> {
    %a = gpt.add %x, %x : tensor<4x8xf32> loc("a")
    %b = gpt.linear %a, %w : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32> loc("b")
    %c = gpt.add %a, %b : tensor<4x8xf32> loc("c")
    %y = gpt.layers %c schedule [0, 0] : tensor<4x8xf32> {
    ^bb0(%layer: index, %h: tensor<4x8xf32>):
      %d = gpt.linear %h, %w plus(%b : tensor<4x8xf32>) : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32> loc("d")
      gpt.yield %d : tensor<4x8xf32>
    } loc("y")
    return %y : tensor<4x8xf32>
  })";

TEST(BufferPlan, refuses_to_overwrite_what_is_read_later) {
  Planned p(chain);
  EXPECT_EQ(p.complaint(), "");
  p.plan->share(p.named("b"), p.named("a"));
  EXPECT_EQ(p.complaint(),
            "'b' is written to the place of 'a', which is still read");
}

TEST(BufferPlan, refuses_to_overwrite_what_the_next_layer_reads) {
  Planned p(chain);
  p.plan->share(p.named("d"), p.named("b"));
  EXPECT_EQ(p.complaint(),
            "'d' is written to the place of 'b', which is still read");
}

TEST(BufferPlan, refuses_to_overwrite_the_input_of_a_product) {
  Planned p(chain);
  EXPECT_EQ(p.plan->leaderOf(p.named("d")), Value());
  p.plan->share(p.named("d"), p.named("y"));
  EXPECT_NE(p.complaint(), "");
}

TEST(BufferPlan, refuses_to_overwrite_an_argument) {
  Planned p(chain);
  p.plan->share(p.named("a"), p.function.getArgument(0));
  EXPECT_NE(p.complaint(), "");
}

//===----------------------------------------------------------------------===//
// Random functions, executed on buffers
//===----------------------------------------------------------------------===//

namespace {
/// Generates functions of additions, activations, products, views and layers.
class Generator {
public:
  explicit Generator(unsigned seed) : random(seed) {}

  std::string function() {
    text = "func.func @f(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>, "
           "%w: tensor<8x8xf32>) -> tensor<4x8xf32> {\n";
    wide = {"%x", "%y"};
    narrow = {};
    ops(pick(6));
    if (pick(4) > 0)
      layers();
    ops(1 + pick(6));
    text += "  return " + wide.back() + " : tensor<4x8xf32>\n}\n";
    return text;
  }

private:
  using Names = std::vector<std::string>;
  std::mt19937 random;
  std::string text;
  /// The names of values of 8 and of 4 columns.
  Names wide, narrow;
  int count = 0;

  int pick(int below) { return random() % below; }
  const std::string &of(const Names &names) {
    return names[pick(names.size())];
  }
  std::string fresh() { return "%v" + std::to_string(count++); }

  void op(Names &names, const std::string &type) {
    std::string name = fresh(), a = of(names), b = of(names);
    switch (pick(4)) {
    case 0:
      text += name + " = gpt.add " + a + ", " + b + " : " + type + "\n";
      break;
    case 1:
      text += name + " = gpt.gated silu " + a + ", " + b + " : " + type + "\n";
      break;
    default:
      text += name + " = gpt.activation relu " + a + " : " + type + "\n";
    }
    names.push_back(name);
  }

  void ops(int number) {
    for (int i = 0; i < number; ++i) {
      std::string name = fresh(), input = of(wide), residual = of(wide);
      switch (pick(5)) {
      case 0:
        text += name + " = gpt.columns " + input + "[" +
                std::to_string(pick(5)) +
                "] : tensor<4x8xf32> -> tensor<4x4xf32>\n";
        narrow.push_back(name);
        break;
      case 1:
        text += name + " = gpt.linear " + input + ", %w plus(" + residual +
                " : tensor<4x8xf32>) : tensor<4x8xf32>, tensor<8x8xf32> -> "
                "tensor<4x8xf32>\n";
        wide.push_back(name);
        break;
      case 2:
        if (!narrow.empty())
          op(narrow, "tensor<4x4xf32>");
        break;
      default:
        op(wide, "tensor<4x8xf32>");
      }
    }
    op(wide, "tensor<4x8xf32>");
  }

  void layers() {
    int kinds = 1 + pick(2);
    std::string name = fresh();
    text += name + " = gpt.layers " + of(wide) + " schedule [0, " +
            std::to_string(kinds - 1) + ", 0] : tensor<4x8xf32> ";
    for (int kind = 0; kind < kinds; ++kind) {
      Names outerWide = wide, outerNarrow = narrow;
      std::string hidden = fresh();
      text += (kind ? ", {\n^bb0(%l" : "{\n^bb0(%l") + std::to_string(count++) +
              ": index, " + hidden + ": tensor<4x8xf32>):\n";
      wide.push_back(hidden);
      ops(pick(5));
      text += "gpt.yield " + (pick(4) ? wide.back() : of(wide)) +
              " : tensor<4x8xf32>\n}";
      wide = outerWide;
      narrow = outerNarrow;
    }
    text += "\n";
    wide.push_back(name);
  }
};

/// Executes a function and checks its buffers: every element that is written is
/// a unique number, and a read of a value must find the numbers that were
/// written for it.
class Machine {
public:
  Machine(mlir::func::FuncOp function, const BufferPlan &plan)
      : function(function), plan(plan) {}

  /// Executes the function and returns the first op that read an overwritten
  /// value, or null.
  Operation *run() {
    for (Value argument : function.getArguments())
      if (isMatrix(argument))
        write(argument);
    runBlock(function.front());
    return broken;
  }

private:
  struct Place {
    Value buffer;
    int64_t first;
  };
  using Numbers = std::vector<int>;

  mlir::func::FuncOp function;
  const BufferPlan &plan;
  std::map<std::pair<void *, int64_t>, int> memory;
  llvm::DenseMap<Value, Numbers> expected;
  int next = 0;
  Operation *broken = nullptr;

  static bool isMatrix(Value value) {
    return !mlir::isa<mlir::IndexType>(value.getType());
  }
  static int64_t columns(Value value) {
    return mlir::cast<mlir::RankedTensorType>(value.getType()).getDimSize(1);
  }

  Place placeOf(Value value) {
    if (Value leader = plan.leaderOf(value))
      return placeOf(leader);
    if (auto view = value.getDefiningOp<gpt::ColumnsOp>()) {
      Place place = placeOf(view.getInput());
      return {place.buffer, place.first + int64_t(view.getOffset())};
    }
    return {value, 0};
  }
  int &cell(Value value, int64_t column) {
    Place place = placeOf(value);
    return memory[{place.buffer.getAsOpaquePointer(), place.first + column}];
  }

  void check(Operation *op, Value value) {
    for (int64_t c = 0; c < columns(value); ++c)
      if (cell(value, c) != expected[value][c] && !broken)
        broken = op;
  }
  void write(Value value) {
    expected[value].clear();
    for (int64_t c = 0; c < columns(value); ++c)
      expected[value].push_back(cell(value, c) = ++next);
  }

  void run(Operation &op) {
    if (auto layers = mlir::dyn_cast<gpt::LayersOp>(op))
      return run(layers);
    if (auto view = mlir::dyn_cast<gpt::ColumnsOp>(op)) {
      Numbers &whole = expected[view.getInput()];
      auto first = whole.begin() + view.getOffset();
      expected[view.getResult()] = Numbers(first, first + columns(view));
      return;
    }
    Value result = op.getNumResults() ? op.getResult(0) : Value();
    // A product writes its output while it still reads its input.
    if (auto linear = mlir::dyn_cast<gpt::LinearOp>(op)) {
      check(&op, linear.getInput());
      Numbers input = expected[linear.getInput()];
      check(&op, linear.getResidual());
      write(result);
      check(&op, linear.getInput());
      return;
    }
    for (Value operand : op.getOperands())
      check(&op, operand);
    // Other ops work row by row. An operand in the result's buffer has to be
    // at the same columns, as it is read while the result is written.
    if (result) {
      for (Value operand : op.getOperands())
        if (Place a = placeOf(operand), b = placeOf(result);
            a.buffer == b.buffer && a.first != b.first &&
            std::abs(a.first - b.first) < columns(result) && !broken)
          broken = &op;
      write(result);
    }
  }

  void runBlock(mlir::Block &block) {
    for (Operation &op : block)
      run(op);
  }

  void copy(Operation *op, Value from, Value to) {
    check(op, from);
    Numbers numbers = expected[from];
    for (int64_t c = 0; c < columns(to); ++c)
      cell(to, c) = numbers[c];
    expected[to] = numbers;
  }

  void run(gpt::LayersOp layers) {
    Value state = layers.getResult();
    copy(layers, layers.getInput(), state);
    for (int64_t kind : layers.getSchedule()) {
      mlir::Block &body = layers.getKinds()[kind].front();
      expected[body.getArgument(1)] = expected[state];
      runBlock(body);
      copy(body.getTerminator(), body.getTerminator()->getOperand(0), state);
    }
  }
};
} // namespace

TEST(BufferPlan, keeps_every_value_of_random_functions) {
  int shared = 0;
  for (unsigned seed = 0; seed < 2000; ++seed) {
    std::string source = Generator(seed).function();
    Planned p(source);
    ASSERT_TRUE(p.module) << source;
    ASSERT_EQ(p.complaint(), "") << source;
    ASSERT_EQ(Machine(p.function, *p.plan).run(), nullptr) << source;
    p.function.walk([&](Operation *op) {
      for (Value result : op->getResults())
        shared += p.plan->leaderOf(result) != Value();
    });
  }
  EXPECT_GT(shared, 2000);
}

/// Checks that `verify` is strong enough: it reports every random sharing with
/// which an op reads an overwritten value.
TEST(BufferPlan, sees_every_wrong_sharing_of_random_functions) {
  int wrong = 0;
  for (unsigned seed = 0; seed < 2000; ++seed) {
    std::string source = Generator(seed).function();
    Planned p(source);
    std::mt19937 random(seed);
    std::vector<Value> values;
    p.function.walk([&](Operation *op) {
      if (!mlir::isa<gpt::ColumnsOp, gpt::LayersOp>(op))
        for (Value result : op->getResults())
          if (mlir::cast<mlir::RankedTensorType>(result.getType())
                      .getDimSize(1) == 8 &&
              !p.plan->leaderOf(result))
            values.push_back(result);
    });
    if (values.size() < 2)
      continue;
    Value value = values[random() % values.size()],
          leader = values[random() % values.size()];
    if (value == leader)
      continue;
    p.plan->share(value, leader);
    bool breaks = Machine(p.function, *p.plan).run() != nullptr;
    wrong += breaks;
    if (breaks)
      ASSERT_NE(p.complaint(), "") << source;
  }
  EXPECT_GT(wrong, 200);
}

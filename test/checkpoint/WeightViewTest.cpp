//===- WeightViewTest.cpp - Plans give the values that they say -----------===//

#include "compiler/checkpoint/WeightView.h"

#include "Support.h"
#include "compiler/checkpoint/Dequantize.h"
#include "compiler/checkpoint/Float.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/APFloat.h"

#include <numeric>

using namespace gptc;
using namespace llvm;

//===----------------------------------------------------------------------===//
// 16-bit numbers
//===----------------------------------------------------------------------===//

/// Returns the bits of `value` in another format, by LLVM's APFloat.
static uint16_t reference(float value, const fltSemantics &semantics) {
  APFloat number(value);
  bool losesInfo;
  number.convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
  return number.bitcastToAPInt().getZExtValue();
}

TEST(Float, widens_all_numbers_of_16_bits) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    for (auto [semantics, value] :
         {std::pair(&APFloat::IEEEhalf(), fromF16(bits)),
          std::pair(&APFloat::BFloat(), fromBf16(bits))}) {
      APFloat expected(*semantics, APInt(16, bits));
      bool losesInfo;
      if (expected.isNaN()) {
        EXPECT_NE(value, value) << bits;
        continue;
      }
      expected.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                       &losesInfo);
      EXPECT_EQ(bit_cast<uint32_t>(value),
                expected.bitcastToAPInt().getZExtValue())
          << bits;
    }
  }
}

TEST(Float, rounds_to_nearest_even) {
  std::mt19937 random(5);
  std::vector<uint32_t> patterns = {
      0,          0x80000000, 0x7F800000, 0xFF800000, 0x7F7FFFFF, 1,
      0x477FEFFF, 0x477FF000, 0x33000000, 0x33000001, 0x38800000};
  for (int i = 0; i < 200000; ++i)
    patterns.push_back(random());
  for (int i = 0; i < 20000; ++i) { // ties, and the range of f16
    patterns.push_back((random() & 0xFFFF0000) | 0x8000);
    patterns.push_back((0x33000000 + random() % 0x15000000) & 0xFFFFF000);
  }
  for (uint32_t pattern : patterns) {
    float value = bit_cast<float>(pattern);
    if (value != value) {
      EXPECT_NE(fromBf16(toBf16(value)), fromBf16(toBf16(value)));
      EXPECT_NE(fromF16(toF16(value)), fromF16(toF16(value)));
      continue;
    }
    EXPECT_EQ(toBf16(value), reference(value, APFloat::BFloat())) << pattern;
    EXPECT_EQ(toF16(value), reference(value, APFloat::IEEEhalf())) << pattern;
  }
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

namespace {
/// A matrix or, with no columns, a vector, whose steps are plain loops.
struct Plain {
  int64_t rows, columns;
  std::vector<float> values;

  bool isVector() const { return columns == 0; }
  int64_t width() const { return isVector() ? 1 : columns; }

  Plain transposed() const {
    Plain result{columns, rows, {}};
    for (int64_t column = 0; column < columns; ++column)
      for (int64_t row = 0; row < rows; ++row)
        result.values.push_back(values[row * columns + column]);
    return result;
  }

  Plain slice(int64_t dimension, int64_t offset, int64_t size) const {
    if (dimension == 1)
      return transposed().slice(0, offset, size).transposed();
    auto begin = values.begin() + offset * width();
    return {size, columns, {begin, begin + size * width()}};
  }

  void append(const Plain &below) {
    rows += below.rows;
    append_range(values, below.values);
  }

  Plain take(ArrayRef<int64_t> taken) const {
    Plain result{static_cast<int64_t>(taken.size()), columns, {}};
    for (int64_t row : taken)
      append_range(result.values, slice(0, row, 1).values);
    return result;
  }
};

struct WeightViewTest : testing::Test {
  WeightViewTest() {
    context.loadDialect<gpt::GptDialect>();
    module = mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
  }

  mlir::Type typeOf(StringRef name) {
    mlir::Builder builder(&context);
    return name == "F32"   ? mlir::Type(builder.getF32Type())
           : name == "F16" ? mlir::Type(builder.getF16Type())
                           : mlir::Type(builder.getBF16Type());
  }

  Plain plainOf(const TestTensor &tensor) {
    bool isVector = tensor.shape.size() == 1;
    Plain plain{tensor.shape[0], isVector ? 0 : tensor.shape[1], {}};
    for (int64_t i = 0; i < plain.rows * plain.width(); ++i) {
      float value;
      uint16_t bits;
      std::memcpy(&value, &tensor.bytes[tensor.type == "F32" ? 4 * i : 0], 4);
      std::memcpy(&bits, &tensor.bytes[2 * i], 2);
      plain.values.push_back(tensor.type == "F32"   ? value
                             : tensor.type == "F16" ? fromF16(bits)
                                                    : fromBf16(bits));
    }
    return plain;
  }

  /// Adds a random tensor to the checkpoint and a step that loads it.
  Plain load(StringRef type, std::vector<int64_t> shape) {
    std::string name = "t" + std::to_string(tensors.size());
    tensors[name] = randomTensor(type, shape, random);
    plan.push_back(gpt::LoadAttr::get(
        &context, name, mlir::RankedTensorType::get(shape, typeOf(type))));
    return plainOf(tensors[name]);
  }

  /// Does the same for a tensor of quantized blocks.
  Plain loadBlocks(gpt::BlockType type, int64_t rows, int64_t columns) {
    std::string name = "t" + std::to_string(tensors.size());
    int64_t size = rows * columns / type.getValues() * type.getBytes();
    TestTensor tensor{StringRef(stringifyBlockKind(type.getKind())).upper(),
                      {rows, columns},
                      std::string(size, 0)};
    for (char &byte : tensor.bytes) // no two bytes are an f16 infinity or NaN
      byte = random() & 0xBF;
    Plain plain{rows, columns, std::vector<float>(rows * columns)};
    dequantize(type, tensor.bytes.data(), 0, rows * columns,
               plain.values.data());
    tensors[name] = std::move(tensor);
    plan.push_back(gpt::LoadAttr::get(
        &context, name, mlir::RankedTensorType::get({rows, columns}, type)));
    return plain;
  }

  /// Adds random slices and transposes.
  void move(Plain &plain) {
    for (int steps = random() % 4; steps > 0; --steps) {
      if (random() % 2 && !plain.isVector()) {
        plain = plain.transposed();
        plan.push_back(gpt::TransposeAttr::get(&context));
        continue;
      }
      int64_t dimension = plain.isVector() ? 0 : random() % 2;
      slice(plain, dimension, dimension ? plain.columns : plain.rows);
    }
  }

  void slice(Plain &plain, int64_t dimension, int64_t size) {
    int64_t offset = random() % size, kept = random() % (size - offset) + 1;
    plain = plain.slice(dimension, offset, kept);
    plan.push_back(
        gpt::SliceAttr::get(&context, dimension, offset, kept, /*every=*/0));
  }

  /// Adds a step that keeps some rows of every group, or that moves the even
  /// rows of every group before its odd ones.
  void regroup(Plain &plain) {
    for (int64_t group : {6, 4, 2}) {
      if (plain.rows % group != 0)
        continue;
      std::vector<int64_t> rows;
      if (random() % 2) {
        int64_t offset = random() % group;
        int64_t kept = random() % (group - offset) + 1;
        for (int64_t row = 0; row < plain.rows; ++row)
          if (row % group >= offset && row % group < offset + kept)
            rows.push_back(row);
        plan.push_back(
            gpt::SliceAttr::get(&context, /*dim=*/0, offset, kept, group));
      } else {
        for (int64_t first = 0; first < plain.rows; first += group)
          for (int64_t i = 0; i < group; ++i)
            rows.push_back(first + i * 2 % group + i * 2 / group);
        plan.push_back(gpt::DeinterleaveAttr::get(&context, group));
      }
      plain = plain.take(rows);
    }
  }

  /// Adds steps that convert to f32 and add a number.
  void add(Plain &plain) {
    mlir::Builder builder(&context);
    plan.push_back(gpt::ConvertAttr::get(&context, builder.getF32Type()));
    plan.push_back(gpt::AddAttr::get(&context, builder.getF32FloatAttr(1)));
    for (float &value : plain.values)
      value += 1;
  }

  StringRef randomType() {
    return std::array{"F32", "F16", "BF16"}[random() % 3];
  }

  void convert(Plain &plain, StringRef type) {
    for (float &value : plain.values)
      value = type == "F32"   ? value
              : type == "F16" ? fromF16(reference(value, APFloat::IEEEhalf()))
                              : fromBf16(reference(value, APFloat::BFloat()));
    plan.push_back(gpt::ConvertAttr::get(&context, typeOf(type)));
  }

  void convert(Plain &plain) {
    for (int steps = random() % 3; steps > 0; --steps)
      convert(plain, randomType());
  }

  /// Adds steps whose result is a random tensor of `type` with `columns`
  /// columns, 0 for a vector: one that is loaded or several that are
  /// concatenated.
  Plain make(StringRef type, int64_t columns, int depth) {
    Plain plain = depth > 0 && random() % 2 ? join(type, columns, depth)
                                            : loadPart(type, columns);
    if (random() % 2)
      regroup(plain);
    if (random() % 2)
      slice(plain, 0, plain.rows);
    if (type == "F32" && random() % 4 == 0)
      add(plain);
    return plain;
  }

  Plain join(StringRef type, int64_t columns, int depth) {
    Plain plain = make(type, columns, depth - 1);
    int64_t parts = random() % 3 + 2;
    for (int64_t part = 1; part < parts; ++part)
      plain.append(make(type, columns, depth - 1));
    plan.push_back(gpt::ConcatenateAttr::get(&context, parts));
    return plain;
  }

  /// Loads a tensor of any type that has the columns as its rows, or among
  /// other columns, and adds the steps that extract and convert them.
  Plain loadPart(StringRef type, int64_t columns) {
    StringRef stored = random() % 2 ? type : randomType();
    int64_t rows = random() % 50 + 1;
    Plain plain;
    if (columns == 0) {
      plain = load(stored, {rows});
    } else if (random() % 2) {
      plain = load(stored, {columns, rows}).transposed();
      plan.push_back(gpt::TransposeAttr::get(&context));
    } else {
      int64_t offset = random() % 9, rest = random() % 9;
      plain = load(stored, {rows, offset + columns + rest})
                  .slice(1, offset, columns);
      plan.push_back(gpt::SliceAttr::get(&context, /*dim=*/1, offset, columns,
                                         /*every=*/0));
    }
    if (stored != type)
      convert(plain, type);
    return plain;
  }

  /// Adds steps whose result is random rows of blocks. Appends the bytes of
  /// rows to `rows` and returns the indices of the result's rows there, as a
  /// column.
  Plain makeBlocks(gpt::BlockType type, int64_t columns, int depth,
                   std::vector<std::string> &rows) {
    Plain numbers{0, 1, {}};
    if (depth > 0 && random() % 2) {
      int64_t parts = random() % 3 + 2;
      for (int64_t part = 0; part < parts; ++part)
        numbers.append(makeBlocks(type, columns, depth - 1, rows));
      plan.push_back(gpt::ConcatenateAttr::get(&context, parts));
    } else {
      int64_t count = random() % 20 + 1;
      std::string name = "t" + std::to_string(tensors.size());
      loadBlocks(type, count, columns);
      size_t rowBytes = tensors[name].bytes.size() / count;
      for (char &byte : tensors[name].bytes)
        byte = random();
      for (int64_t row = 0; row < count; ++row) {
        numbers.append({1, 1, {float(rows.size())}});
        rows.push_back(tensors[name].bytes.substr(row * rowBytes, rowBytes));
      }
    }
    if (random() % 2)
      regroup(numbers);
    if (random() % 2)
      slice(numbers, 0, numbers.rows);
    return numbers;
  }

  /// Creates the weight with the plan `plan`.
  gpt::WeightOp makeWeight() {
    auto builder = mlir::OpBuilder::atBlockEnd(module->getBody());
    auto steps = builder.getArrayAttr(plan);
    auto type = gpt::inferPlanType(
        steps, [](const Twine &reason) { ADD_FAILURE() << reason.str(); });
    auto weight = gpt::WeightOp::create(builder, builder.getUnknownLoc(), "w",
                                        mlir::IntegerAttr(), *type, steps);
    EXPECT_TRUE(succeeded(mlir::verify(weight)));
    return weight;
  }

  Expected<Checkpoint> open() {
    folder.write("m.safetensors", safetensors(tensors));
    return Checkpoint::open(folder.path(), {std::string("m.safetensors")});
  }

  /// Compares the whole weight and random parts of it with `plain`.
  void check(const Plain &plain) {
    gpt::WeightOp weight = makeWeight();
    auto checkpoint = open();
    ASSERT_TRUE(bool(checkpoint)) << toString(checkpoint.takeError());
    EXPECT_EQ(cantFail(readWeight(weight, 0, *checkpoint)), plain.values);
    WeightView view = cantFail(WeightView::create(weight, 0, *checkpoint));
    ASSERT_EQ(view.getRows(), plain.rows);
    ASSERT_EQ(view.getColumns(), plain.width());
    for (int i = 0; i < 8; ++i)
      checkPart(view, plain);
    weight.erase();
  }

  void checkPart(const WeightView &view, const Plain &plain) {
    int64_t row = random() % plain.rows, column = random() % plain.width();
    WeightView::Rectangle part = {
        row, column, int64_t(random() % (plain.rows - row) + 1),
        int64_t(random() % (plain.width() - column) + 1)};
    Plain expected = plain.slice(0, row, part.rows);
    if (!plain.isVector())
      expected = expected.slice(1, column, part.columns);
    bool transposed = random() % 2;

    std::vector<float> values(expected.values.size(), -7);
    view.read(part, destinationIn(values, part, transposed));
    ASSERT_EQ(rowMajor(values, part, transposed), expected.values);

    for (StringRef type : {"BF16", "F16"}) {
      std::vector<uint16_t> bits(values.size(), 0x7FFF), rounded;
      for (float value : expected.values)
        rounded.push_back(reference(value, type == "BF16"
                                               ? APFloat::BFloat()
                                               : APFloat::IEEEhalf()));
      view.read(part, typeOf(type), destinationIn(bits, part, transposed));
      ASSERT_EQ(rowMajor(bits, part, transposed), rounded) << type.str();
    }
  }

  template <typename Element>
  static WeightView::Destination<Element>
  destinationIn(std::vector<Element> &elements, WeightView::Rectangle part,
                bool transposed) {
    if (transposed)
      return {elements.data(), 1, part.rows};
    return {elements.data(), part.columns, 1};
  }

  template <typename Element>
  static std::vector<Element> rowMajor(const std::vector<Element> &elements,
                                       WeightView::Rectangle part,
                                       bool transposed) {
    if (!transposed)
      return elements;
    std::vector<Element> result;
    for (int64_t row = 0; row < part.rows; ++row)
      for (int64_t column = 0; column < part.columns; ++column)
        result.push_back(elements[column * part.rows + row]);
    return result;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  TemporaryFolder folder;
  TestTensors tensors;
  SmallVector<mlir::Attribute> plan;
  std::mt19937 random{6};
};
} // namespace

TEST_F(WeightViewTest, carries_out_random_plans) {
  for (int i = 0; i < 400; ++i) {
    tensors.clear();
    plan.clear();
    Plain plain = make(randomType(), random() % 4 ? random() % 50 + 1 : 0,
                       /*depth=*/2);
    convert(plain);
    regroup(plain);
    move(plain);
    if (random() % 4 == 0)
      add(plain);
    check(plain);
    if (HasFailure())
      FAIL() << "plan " << i;
  }
}

TEST_F(WeightViewTest, joins_the_last_tensors) {
  auto concatenate = [&](int64_t count) {
    plan.push_back(gpt::ConcatenateAttr::get(&context, count));
  };
  Plain plain = load("F32", {3, 5}), below = load("F32", {1, 5});
  below.append(load("F32", {4, 5}));
  concatenate(2);
  slice(below, 0, below.rows);
  plain.append(below);
  plain.append(load("F32", {2, 5}));
  concatenate(3);
  check(plain);
}

TEST_F(WeightViewTest, carries_out_random_plans_on_blocks) {
  for (int i = 0; i < 300; ++i) {
    tensors.clear();
    plan.clear();
    auto kind = static_cast<gpt::BlockKind>(random() % 10);
    auto type = gpt::BlockType::get(&context, kind);
    int64_t columns = type.getValues() * (random() % 3 + 1);
    Plain plain = loadBlocks(type, random() % 20 + 1, columns);
    slice(plain, 0, plain.rows);
    if (random() % 2) {
      Plain next = loadBlocks(type, random() % 20 + 1, columns);
      plain.append(next);
      plan.push_back(gpt::ConcatenateAttr::get(&context, 2));
    }
    regroup(plain);
    if (random() % 3 == 0) {
      check(plain); // not yet converted
      continue;
    }
    plan.push_back(gpt::ConvertAttr::get(&context, typeOf("F32")));
    convert(plain);
    move(plain);
    regroup(plain);
    move(plain);
    check(plain);
    if (HasFailure())
      FAIL() << "plan " << i;
  }
}

TEST_F(WeightViewTest, copies_elements_that_no_step_changes) {
  for (StringRef type : {"BF16", "F16", "F32"}) {
    tensors.clear();
    plan.clear();
    std::vector<uint16_t> patterns(0x10000); // which include all NaNs
    std::iota(patterns.begin(), patterns.end(), 0);
    std::shuffle(patterns.begin(), patterns.end(), random);
    int64_t columns = type == "F32" ? 128 : 256;
    load(type, {256, columns});
    std::memcpy(tensors["t0"].bytes.data(), patterns.data(), 0x20000);
    plan.push_back(gpt::TransposeAttr::get(&context));
    plan.push_back(gpt::ConvertAttr::get(&context, typeOf(type)));
    auto checkpoint = open();
    ASSERT_TRUE(bool(checkpoint)) << toString(checkpoint.takeError());
    gpt::WeightOp weight = makeWeight();
    WeightView view = cantFail(WeightView::create(weight, 0, *checkpoint));
    std::vector<uint16_t> bits(0x10000);
    if (type == "F32") // the patterns are halves of its elements
      view.read({0, 0, columns, 256},
                {reinterpret_cast<float *>(bits.data()), 1, columns});
    else
      view.read({0, 0, columns, 256}, typeOf(type), {bits.data(), 1, columns});
    EXPECT_EQ(bits, patterns) << type.str();
    weight.erase();
  }
}

TEST_F(WeightViewTest, copies_blocks) {
  for (int i = 0; i < 200; ++i) {
    tensors.clear();
    plan.clear();
    auto type = gpt::BlockType::get(&context, gpt::BlockKind(i % 10));
    int64_t blocks = random() % 3 + 1;
    std::vector<std::string> rows;
    Plain numbers =
        makeBlocks(type, blocks * type.getValues(), /*depth=*/2, rows);
    auto checkpoint = open();
    ASSERT_TRUE(bool(checkpoint)) << toString(checkpoint.takeError());
    gpt::WeightOp weight = makeWeight();
    WeightView view = cantFail(WeightView::create(weight, 0, *checkpoint));
    ASSERT_EQ(view.getBlockType(), type);
    for (int part = 0; part < 8; ++part) {
      int64_t row = random() % numbers.rows, block = random() % blocks;
      int64_t rowCount = random() % (numbers.rows - row) + 1;
      int64_t blockCount = random() % (blocks - block) + 1;
      std::string expected;
      for (int64_t r = row; r < row + rowCount; ++r)
        expected += rows[numbers.values[r]].substr(
            block * type.getBytes(), blockCount * type.getBytes());
      std::string bytes(expected.size(), 0);
      view.readBlocks({row, block, rowCount, blockCount}, bytes.data());
      ASSERT_EQ(bytes, expected) << "plan " << i;
    }
    weight.erase();
  }
}

TEST_F(WeightViewTest, copies_blocks_of_vectors) {
  auto type = gpt::BlockType::get(&context, gpt::BlockKind::q5_1);
  std::string all;
  for (int64_t blocks : {2, 3}) {
    std::string name = "v" + std::to_string(blocks);
    TestTensor tensor{"Q5_1", {32 * blocks}, std::string(24 * blocks, 0)};
    for (char &byte : tensor.bytes)
      byte = random();
    all += tensor.bytes;
    tensors[name] = tensor;
    plan.push_back(gpt::LoadAttr::get(
        &context, name, mlir::RankedTensorType::get(tensor.shape, type)));
  }
  plan.push_back(gpt::ConcatenateAttr::get(&context, 2));
  auto checkpoint = open();
  ASSERT_TRUE(bool(checkpoint)) << toString(checkpoint.takeError());
  WeightView view = cantFail(WeightView::create(makeWeight(), 0, *checkpoint));
  EXPECT_EQ(view.getBlockType(), gpt::BlockType()); // a column
  view.transpose();
  ASSERT_EQ(view.getBlockType(), type);
  std::string bytes(3 * 24, 0);
  view.readBlocks({0, 1, 1, 3}, bytes.data());
  EXPECT_EQ(bytes, all.substr(24, 3 * 24));
}

TEST_F(WeightViewTest, has_no_blocks_where_a_step_computes) {
  auto type = gpt::BlockType::get(&context, gpt::BlockKind::q8_0);
  auto blockType = [&] {
    auto checkpoint = open();
    EXPECT_TRUE(bool(checkpoint)) << toString(checkpoint.takeError());
    gpt::WeightOp weight = makeWeight();
    gpt::BlockType found =
        cantFail(WeightView::create(weight, 0, *checkpoint)).getBlockType();
    weight.erase();
    return found;
  };
  loadBlocks(type, 4, 64);
  EXPECT_EQ(blockType(), type);
  for (StringRef element : {"F32", "BF16"}) {
    plan.push_back(gpt::ConvertAttr::get(&context, typeOf(element)));
    EXPECT_EQ(blockType(), gpt::BlockType()) << element.str();
  }
  plan.clear();
  load("F16", {4, 64});
  EXPECT_EQ(blockType(), gpt::BlockType());
}

TEST_F(WeightViewTest, reads_columns_of_blocks_that_are_apart) {
  auto type = gpt::BlockType::get(&context, gpt::BlockKind::q4_k);
  Plain plain = loadBlocks(type, 5, 512);
  plan.push_back(gpt::ConvertAttr::get(&context, typeOf("F32")));
  plan.push_back(gpt::TransposeAttr::get(&context));
  plan.push_back(gpt::DeinterleaveAttr::get(&context, 64));
  plan.push_back(gpt::DeinterleaveAttr::get(&context, 512));
  plain = plain.transposed();
  for (int64_t group : {64, 512}) {
    std::vector<int64_t> rows;
    for (int64_t first = 0; first < plain.rows; first += group)
      for (int64_t i = 0; i < group; ++i)
        rows.push_back(first + i * 2 % group + i * 2 / group);
    plain = plain.take(rows);
  }
  check(plain);
}

TEST_F(WeightViewTest, reads_types_that_differ_by_layer) {
  auto type = gpt::BlockType::get(&context, gpt::BlockKind::q8_0);
  Plain blocks = loadBlocks(type, 3, 32), plain = load("F16", {3, 32});
  plan = {gpt::LoadAttr::get(
      &context, "t*",
      mlir::RankedTensorType::get({3, 32}, gpt::MixedType::get(&context)))};
  auto builder = mlir::OpBuilder::atBlockEnd(module->getBody());
  auto weight = gpt::WeightOp::create(
      builder, builder.getUnknownLoc(), "w", builder.getI64IntegerAttr(3),
      mlir::RankedTensorType::get({3, 32}, gpt::MixedType::get(&context)),
      builder.getArrayAttr(plan));
  EXPECT_TRUE(succeeded(mlir::verify(weight)));
  tensors["t2"] = {"I8", {3, 32}, std::string(96, 0)};
  auto checkpoint = open();
  ASSERT_TRUE(bool(checkpoint)) << toString(checkpoint.takeError());
  EXPECT_EQ(cantFail(readWeight(weight, 0, *checkpoint)), blocks.values);
  EXPECT_EQ(cantFail(readWeight(weight, 1, *checkpoint)), plain.values);
  auto blockType = [&](int64_t layer) {
    return cantFail(WeightView::create(weight, layer, *checkpoint))
        .getBlockType();
  };
  EXPECT_EQ(blockType(0), type);
  EXPECT_EQ(blockType(1), gpt::BlockType());
  EXPECT_EQ(messageOf(readWeight(weight, 2, *checkpoint).takeError()),
            folder.path("m.safetensors") +
                ": tensor \"t2\": found I8 [3, 32], expected a known type [3, 32]");
}

TEST_F(WeightViewTest, joins_types_that_differ_in_a_layer) {
  auto type = [&](gpt::BlockKind kind) {
    return gpt::BlockType::get(&context, kind);
  };
  Plain plain = loadBlocks(type(gpt::BlockKind::q8_0), 3, 64);
  plain.append(loadBlocks(type(gpt::BlockKind::q4_1), 2, 64));
  auto mixed = gpt::MixedType::get(&context);
  plan = {gpt::LoadAttr::get(&context, "t0",
                             mlir::RankedTensorType::get({3, 64}, mixed)),
          gpt::LoadAttr::get(&context, "t1",
                             mlir::RankedTensorType::get({2, 64}, mixed))};
  plan.push_back(gpt::ConcatenateAttr::get(&context, 2));
  check(plain);
  auto checkpoint = open();
  ASSERT_TRUE(bool(checkpoint)) << toString(checkpoint.takeError());
  EXPECT_EQ(cantFail(WeightView::create(makeWeight(), 0, *checkpoint))
                .getBlockType(),
            gpt::BlockType());
}

TEST_F(WeightViewTest, refuses_blocks_that_do_not_fill_their_tensor) {
  auto type = gpt::BlockType::get(&context, gpt::BlockKind::q8_0);
  loadBlocks(type, 3, 32);
  gpt::WeightOp weight = makeWeight();
  for (size_t size : {0, 34, 101, 103}) {
    tensors["t0"].bytes.resize(size);
    auto checkpoint = open();
    ASSERT_TRUE(bool(checkpoint)) << toString(checkpoint.takeError());
    EXPECT_EQ(messageOf(readWeight(weight, 0, *checkpoint).takeError()),
              folder.path("m.safetensors") +
                  ": tensor \"t0\": found Q8_0 [3, 32], expected Q8_0 [3, 32]");
  }
}

TEST_F(WeightViewTest, loads_the_layer_that_is_asked_for) {
  for (int layer : {0, 1, 10})
    tensors["h." + std::to_string(layer) + ".x"] =
        randomTensor("F32", {3}, random);
  plan = {gpt::LoadAttr::get(
      &context, "h.*.x",
      mlir::RankedTensorType::get({3}, mlir::Float32Type::get(&context)))};
  auto builder = mlir::OpBuilder::atBlockEnd(module->getBody());
  auto weight = gpt::WeightOp::create(
      builder, builder.getUnknownLoc(), "w", builder.getI64IntegerAttr(11),
      mlir::RankedTensorType::get({3}, builder.getF32Type()),
      builder.getArrayAttr(plan));
  auto checkpoint = open();
  ASSERT_TRUE(bool(checkpoint)) << toString(checkpoint.takeError());
  for (int layer : {0, 1, 10})
    EXPECT_EQ(cantFail(readWeight(weight, layer, *checkpoint)),
              plainOf(tensors["h." + std::to_string(layer) + ".x"]).values);
  EXPECT_EQ(messageOf(readWeight(weight, 2, *checkpoint).takeError()),
            folder.path("m.safetensors") +
                ": tensor \"h.2.x\": found nothing, expected F32 [3]");
}

TEST_F(WeightViewTest, refuses_a_tensor_of_another_type_or_shape) {
  load("F16", {3, 4});
  gpt::WeightOp weight = makeWeight();
  for (auto [type, shape, found] :
       {std::tuple("BF16", std::vector<int64_t>{3, 4}, "BF16 [3, 4]"),
        std::tuple("F16", std::vector<int64_t>{4, 3}, "F16 [4, 3]"),
        std::tuple("F16", std::vector<int64_t>{12}, "F16 [12]")}) {
    tensors["t0"] = randomTensor(type, shape, random);
    auto checkpoint = open();
    ASSERT_TRUE(bool(checkpoint)) << toString(checkpoint.takeError());
    EXPECT_EQ(messageOf(readWeight(weight, 0, *checkpoint).takeError()),
              folder.path("m.safetensors") + ": tensor \"t0\": found " + found +
                  ", expected F16 [3, 4]");
  }
}
